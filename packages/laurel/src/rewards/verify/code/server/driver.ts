/**
 * The driver: runs test code that cannot be separated, in a shut-in process of its own, where the candidate's names are
 * stand-ins. Each call of a stand-in goes to the candidate's process and its plain result comes back, so loops, random
 * inputs and comparisons of two results run where the candidate's code never does.
 */
export const driverSource = `
import symtable

def free_names(code):
    """Global names that the code reads and does not bind itself."""
    top, read, bound = symtable.symtable(code, "test.py", "exec"), set(), set()
    todo = [top]
    while todo:
        table = todo.pop()
        todo += table.get_children()
        for symbol in table.get_symbols():
            if table is top:
                if symbol.is_assigned() or symbol.is_imported(): bound.add(symbol.get_name())
                if symbol.is_referenced(): read.add(symbol.get_name())
            elif symbol.is_global() and symbol.is_referenced():
                read.add(symbol.get_name())
            elif symbol.is_declared_global() and symbol.is_assigned():
                bound.add(symbol.get_name())
    for table in top.get_children():
        bound.add(table.get_name())
    return sorted(name for name in read - bound if not hasattr(builtins, name))

def put_back(argument, form):
    """What the candidate did to a mutable argument."""
    after = decode(form)
    if type(argument) is not type(after) or argument == after: return
    if isinstance(argument, list): argument[:] = after
    elif isinstance(argument, (dict, set)):
        argument.clear()
        argument.update(after)

def stand_in(name, channel):
    def call(*args, **keywords):
        named = {key: encode(value) for key, value in keywords.items()}
        write_frame(channel, {"call": name, "args": [encode(a) for a in args], "keywords": named})
        answer = json.loads(read_frame(channel))
        if "error" in answer:
            kind = getattr(builtins, answer["error"]["type"], None)
            # a stop signal would end a test's own loop without a failure
            if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, (StopIteration, StopAsyncIteration)):
                try:
                    error = kind(answer["error"]["message"])
                except TypeError:
                    error = Exception(answer["error"]["message"])
            else:
                error = Exception(answer["error"]["type"] + ": " + answer["error"]["message"])
            raise error
        for argument, form in zip(args, answer.get("args", ())):
            if isinstance(argument, (list, dict, set)): put_back(argument, form)
        return decode(answer["value"])
    call.__name__ = name
    return call

def run_drive(request, channel):
    try:
        code = request["program"]
        space = {"__name__": "__main__", "__builtins__": builtins}
        for name in free_names(code):
            space[name] = stand_in(name, channel)
        exec(compile(code, "test.py", "exec"), space)
        verdict = {"passed": True}
    except BaseException as error:
        verdict = {"passed": False, "error": describe(error)}
    flush_streams()
    write_frame(channel, verdict)
    os._exit(0)

def grade_drive(request, node, zygote):
    """One candidate and one driver, each in its own namespaces, with this process between them."""
    limits = request["limits"]
    driver = Run(dict(request.pop("driver"), limits=limits), node, zygote)
    run, ended, event, verdict, calls = None, None, None, None, 0
    try:
        run = Run(request, node, zygote)
        event = run.frame(b"", time.monotonic() + limits["loadSeconds"])
        if event is not None and event.get("event") == "loaded":
            until = time.monotonic() + limits["seconds"]
            if run.channel.buffer:
                raise Ended("forbidden")
            while verdict is None:
                asked = driver.frame(b"", until)
                if asked is None:
                    verdict = {"passed": False, "error": {"type": "driver", "message": "the test's own process ended early"}}
                elif "call" not in asked:
                    verdict = asked
                else:
                    calls += 1
                    nonce = os.urandom(16).hex()
                    write_blocking(run, {"name": asked["call"], "tagged": asked["args"], "keywords": asked.get("keywords", {}), "nonce": nonce, "back": True}, until)
                    answer = run.frame(nonce.encode(), until)
                    if not isinstance(answer, dict):
                        raise Ended("exited")
                    if answer.get("value", ("",))[0] == "o":
                        verdict = {"passed": False, "error": {"type": "value", "message": "returned an object that cannot leave its process: " + str(answer["value"][1])[:80]}}
                    else:
                        write_blocking(driver, answer, until)
    except Ended as limit:
        ended = limit.why
    except (ValueError, RecursionError, TypeError, AttributeError, IndexError, KeyError):
        ended = "forbidden"
    driver.finish()
    if run is None:
        return {"ended": ended}
    return run.report(run.finish(), ended=ended, event=event, verdict=verdict, calls=calls)
`;
