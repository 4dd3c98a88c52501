/**
 * Second part of the server's Python source: what runs inside the candidate's own process.
 *
 * Nothing here is secret or trusted. The process holds the program, its input and the expressions to evaluate, and never
 * an expected output; so a program that takes the harness over can still only send values, not verdicts.
 */
export const harnessSource = `
import ast, builtins, marshal, types

MAX_NODES, MAX_DEPTH = 200000, 100

class Unencodable(Exception):
    pass

def encode(value):
    """A value as tagged JSON. Subclasses of built-in types give their built-in content, never what their methods say."""
    budget = [MAX_NODES]
    def walk(v, depth):
        budget[0] -= 1
        if budget[0] < 0 or depth > MAX_DEPTH:
            raise Unencodable("too large")
        if v is None:
            return ["n"]
        kind = type(v)
        if kind is bool:
            return ["b", v]
        if isinstance(v, int):
            small = int.__index__(v) if kind is int else int.__add__(v, 0)
            return ["i", small] if -9007199254740991 <= small <= 9007199254740991 else ["I", hex(small)]
        if isinstance(v, float):
            return ["f", float.__repr__(v)]
        if isinstance(v, complex):
            return ["c", float.__repr__(complex.__add__(v, 0).real), float.__repr__(complex.__add__(v, 0).imag)]
        if isinstance(v, str):
            return ["s", str.__str__(v) if kind is str else str.join("", str.__iter__(v))]
        if isinstance(v, (bytes, bytearray)):
            return ["y", bytes.hex(bytes(memoryview(v)))]
        if isinstance(v, list):
            return ["l", [walk(x, depth + 1) for x in list.__iter__(v)]]
        if isinstance(v, tuple):
            return ["t", [walk(x, depth + 1) for x in tuple.__iter__(v)]]
        if isinstance(v, (set, frozenset)):
            each = set.__iter__ if isinstance(v, set) else frozenset.__iter__
            return ["S", [walk(x, depth + 1) for x in each(v)]]
        if isinstance(v, dict):
            return ["d", [[walk(k, depth + 1), walk(x, depth + 1)] for k, x in dict.items(v)]]
        if kind.__module__ == "numpy" and getattr(v, "ndim", None) == 0:
            plain = v.item()
            if type(plain) in (bool, int, float, complex, str):
                return walk(plain, depth + 1)
        return ["o", str(kind.__name__)[:80]]
    return walk(value, 0)

def decode(form):
    tag = form[0]
    if tag == "n": return None
    if tag in "bis": return form[1]
    if tag == "I": return int(form[1], 16)
    if tag == "f": return float(form[1])
    if tag == "c": return complex(float(form[1]), float(form[2]))
    if tag == "y": return bytes.fromhex(form[1])
    if tag == "l": return [decode(x) for x in form[1]]
    if tag == "t": return tuple(decode(x) for x in form[1])
    if tag == "S": return {decode(x) for x in form[1]}
    if tag == "d": return {decode(k): decode(x) for k, x in form[1]}
    raise Unencodable(tag)

def describe(error):
    name = str(getattr(type(error), "__name__", "Exception"))[:80]
    try:
        message = str.__str__(str(error))[:500]
    except BaseException:
        message = ""
    return {"type": name, "message": message}

def read_exactly(sock, count):
    chunks = []
    while count:
        chunk = sock.recv(min(count, 1 << 20))
        if not chunk:
            return None
        chunks.append(chunk)
        count -= len(chunk)
    return b"".join(chunks)

def read_frame(sock):
    head = read_exactly(sock, 4)
    if head is None:
        return None
    length = struct.unpack(">I", head)[0]
    body = read_exactly(sock, length) if length else b""
    return None if body is None else body

def write_frame(sock, value, nonce=b""):
    body = json.dumps(value, separators=(",", ":")).encode("utf-8", "surrogatepass")
    sock.sendall(nonce + struct.pack(">I", len(body)) + body)

def open_streams():
    sys.stdin = open(0, "r", encoding="utf-8", errors="surrogateescape", closefd=False)
    sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr

def flush_streams():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            return 120
    return 0

def load(request, module_name, channel):
    """Compiles and runs the program as a module; tells the monitor how far it came."""
    try:
        code = compile(request["program"], "main.py", "exec", dont_inherit=True)
    except BaseException as error:
        write_frame(channel, {"event": "compile", "error": describe(error)})
        os._exit(1)
    module = types.ModuleType(module_name)
    module.__file__ = "main.py"
    module.__dict__["__builtins__"] = builtins
    sys.modules[module_name] = module
    exec(code, module.__dict__)
    return module

def run_main(request, channel):
    import threading, traceback, atexit
    status = 0
    try:
        load(request, "__main__", channel)
    except SystemExit as error:
        code = error.code
        if code is None: status = 0
        elif isinstance(code, int): status = code & 255
        else:
            print(code, file=sys.stderr)
            status = 1
    except BaseException as error:
        status = 1
        write_frame(channel, {"event": "raised", "error": describe(error)})
        traceback.print_exc(limit=8)
    threading._shutdown()
    atexit._run_exitfuncs()
    os._exit(flush_streams() or status)

def answer_one(test, space):
    """Evaluates one question beside the program."""
    try:
        args = ()
        if "name" in test:
            target = eval(test["name"], space)
            args = [decode(a) for a in test["tagged"]] if "tagged" in test else test["args"]
            value = target(*args, **{key: decode(v) for key, v in test.get("keywords", {}).items()})
        elif "exec" in test:
            exec(compile(test["exec"], "test.py", "exec"), space)
            value = None
        else:
            value = eval(compile(test["eval"], "test.py", "eval"), space)
        answer = {"value": encode(value)}
        if test.get("back"):
            answer["args"] = [encode(a) for a in args]
        return answer
    except Unencodable as error:
        return {"value": ["o", str(error)]}
    except BaseException as error:
        return {"error": describe(error)}

def run_calls(request, channel):
    try:
        module = load(request, "candidate", channel)
    except BaseException as error:
        write_frame(channel, {"event": "raised", "error": describe(error)})
        os._exit(1)
    write_frame(channel, {"event": "loaded"})
    while True:
        body = read_frame(channel)
        if body is None:
            os._exit(0)
        test = json.loads(body)
        nonce = test["nonce"].encode()
        answer = answer_one(test, module.__dict__)
        flush_streams()
        write_frame(channel, answer, nonce)

def run_node(request, channel):
    descriptor = os.open(request["file"], os.O_WRONLY | os.O_CREAT, 0o644)
    rest = memoryview(request["program"].encode("utf-8", "replace"))
    while rest:
        rest = rest[os.write(descriptor, rest):]
    os.close(descriptor)
    os.set_inheritable(3, True)
    os.execve(CONFIG["node"], ["node"] + request["nodeArgs"], {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "TMPDIR": "/tmp"})

def inside(descriptors):
    """The candidate's process: shut in first, then stripped of everything it inherited, then the program."""
    stdin, stdout, stderr, spoken = descriptors
    channel = socket.socket(fileno=spoken)
    try:
        request = marshal.loads(read_frame(channel))
        jail(request["limits"])
        for target, descriptor in enumerate((stdin, stdout, stderr)):
            os.dup2(descriptor, target)
        if spoken != 3:
            os.dup2(spoken, 3, inheritable=False)
            channel.close()
            channel = socket.socket(fileno=3)
        os.closerange(4, 1 << 20)
    except Missing as missing:
        write_frame(channel, {"event": "jail", "error": {"type": missing.step, "message": missing.error}})
        os._exit(1)
    gc.enable()
    if request["run"] == "node":
        run_node(request, channel)
    if request["run"] == "main":
        run_main(request, channel)
    if request["run"] == "drive":
        run_drive(request, channel)
    run_calls(request, channel)
`;
