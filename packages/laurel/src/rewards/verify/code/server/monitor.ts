/**
 * The monitor's part of the server's Python source: it serves one candidate at a time, with deadlines and caps.
 *
 * It is not the process that candidates are forked from, because its memory holds what earlier ones sent.
 */
export const monitorSource = `
class Channel:
    """What a candidate sends on its descriptor: frames, and after loading only frames behind the test's own nonce."""
    def __init__(self, sock, most):
        self.sock, self.buffer, self.open, self.most = sock, bytearray(), True, most
        sock.setblocking(False)

    def receive(self):
        try:
            chunk = self.sock.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            chunk = b""
        if not chunk:
            self.open = False
        self.buffer += chunk
        if len(self.buffer) > self.most:
            raise Ended("forbidden")

    def frame(self, nonce, cap):
        """The next whole frame, None if it is not there yet; ValueError for anything that is no frame of ours."""
        at = len(nonce)
        if self.buffer[:at] != nonce[:len(self.buffer)]:
            raise ValueError("forged")
        if len(self.buffer) < at + 4:
            return None
        length = struct.unpack(">I", self.buffer[at:at + 4])[0]
        if length > cap:
            raise Ended("output-limit")
        if len(self.buffer) < at + 4 + length:
            return None
        body = bytes(self.buffer[at + 4:at + 4 + length])
        del self.buffer[:at + 4 + length]
        return json.loads(body)

def resident(pid):
    """Bytes of memory that a process and all its descendants hold, without the files they have mapped."""
    total, todo, seen = 0, [pid], 0
    while todo and seen < 512:
        one = todo.pop()
        seen += 1
        try:
            with open("/proc/%d/status" % one) as file:
                for line in file:
                    if line.startswith(("RssAnon:", "RssShmem:", "VmPTE:")):
                        total += int(line.split()[1]) << 10
            for thread in os.listdir("/proc/%d/task" % one):
                with open("/proc/%d/task/%s/children" % (one, thread)) as file:
                    todo += [int(child) for child in file.read().split()]
        except (OSError, IndexError, ValueError):
            continue
    return total

class Ended(Exception):
    def __init__(self, why):
        Exception.__init__(self, why)
        self.why = why

class Run:
    """One candidate's process with its pipes, deadlines and caps."""
    def __init__(self, request, node, zygote, stdin=""):
        self.limits, self.node, self.zygote = request["limits"], node, zygote
        self.started = time.monotonic()
        source = os.memfd_create("stdin", os.MFD_CLOEXEC)
        rest = memoryview(stdin.encode("utf-8", "surrogatepass"))
        while rest:
            rest = rest[os.write(source, rest):]
        os.lseek(source, 0, os.SEEK_SET)
        self.out, out_write = os.pipe()
        self.err, err_write = os.pipe()
        ours, theirs = socket.socketpair()
        socket.send_fds(zygote, [b"f"], [source, out_write, err_write, theirs.fileno()])
        for descriptor in (source, out_write, err_write):
            os.close(descriptor)
        theirs.close()
        pid, descriptors = socket.recv_fds(zygote, 16, 1)[:2]
        self.pid, self.exited = int(pid), descriptors[0]
        self.channel = Channel(ours, 2 * self.limits["outputBytes"] + (1 << 17))
        self.streams = {self.out: bytearray(), self.err: bytearray()}
        self.poll = select.poll()
        for descriptor in (self.out, self.err, ours.fileno(), self.exited, node.fileno()):
            self.poll.register(descriptor, select.POLLIN)
        self.ended = False
        self.watch = time.monotonic() + 0.02
        # marshal, not JSON: the reader is our own code in a process that has run nothing else, and every page it touches costs
        send_blocking(self, marshal.dumps(request), self.started + 10)

    def step(self, until):
        """Waits for the next thing to happen; raises Ended when a limit is reached."""
        now = time.monotonic()
        if now >= until:
            raise Ended("time-limit")
        if now >= self.watch:
            self.watch = now + 0.04
            if resident(self.pid) > (self.limits["memoryMb"] << 20):
                raise Ended("memory-limit")
        for descriptor, event in self.poll.poll(max(1, int(1000 * min(until - now, self.watch - now)) + 1)):
            if descriptor in self.streams:
                chunk = os.read(descriptor, 1 << 16)
                held = self.streams[descriptor]
                if not chunk:
                    self.poll.unregister(descriptor)
                elif descriptor == self.out:
                    held += chunk
                    if len(held) > self.limits["outputBytes"]:
                        del held[self.limits["outputBytes"]:]
                        raise Ended("output-limit")
                elif len(held) < 8192:
                    held += chunk[:8192 - len(held)]
            elif descriptor == self.exited:
                self.poll.unregister(descriptor)
                self.ended = True
            elif descriptor == self.node.fileno():
                raise Ended("cancelled")
            else:
                self.channel.receive()
                if not self.channel.open:
                    self.poll.unregister(descriptor)

    def frame(self, nonce, until):
        """The next frame, or None if the process ended without one."""
        cap = self.limits["outputBytes"] + 4096
        while True:
            try:
                found = self.channel.frame(nonce, cap)
            except (ValueError, RecursionError):
                raise Ended("forbidden")
            if found is not None:
                return found
            if self.ended or not self.channel.open:
                self.drain()
                return self.channel.frame(nonce, cap) if self.channel.buffer else None
            self.step(until)

    def drain(self):
        while self.channel.open and select.select([self.channel.sock], [], [], 0)[0]:
            self.channel.receive()

    def finish(self):
        """Kills what is left of the namespace, frees every descriptor and returns the exit status."""
        try:
            signal.pidfd_send_signal(self.exited, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.zygote.send(b"w%d" % self.pid)
        status = int(self.zygote.recv(16))
        for descriptor, held in self.streams.items():
            os.set_blocking(descriptor, False)
            room = self.limits["outputBytes"] if descriptor == self.out else 8192
            try:
                while len(held) < room:
                    chunk = os.read(descriptor, min(1 << 16, room - len(held)))
                    if not chunk:
                        break
                    held += chunk
            except BlockingIOError:
                pass
            os.close(descriptor)
        os.close(self.exited)
        self.channel.sock.close()
        return status

    def report(self, status, **more):
        text = lambda descriptor: self.streams[descriptor].decode("utf-8", "replace")
        killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
        return dict(more, stdout=text(self.out), stderr=text(self.err), code=code, signal=killed,
            ms=round(1000 * (time.monotonic() - self.started), 2))

def grade_main(request, node, zygote):
    run = Run(request, node, zygote, request.pop("stdin"))
    until = time.monotonic() + request["limits"]["seconds"]
    ended, error = None, None
    try:
        while True:
            event = run.frame(b"", until)
            if event is None:
                break
            error = error or event
        while not run.ended:
            run.step(until)
    except Ended as limit:
        ended = limit.why
    except (ValueError, RecursionError):
        ended = "forbidden"
    return run.report(run.finish(), ended=ended, event=error)

answered = []

def grade_calls(request, node, zygote):
    tests = request.pop("tests")
    run = Run(request, node, zygote)
    results, event, ended = [], None, None
    try:
        event = run.frame(b"", time.monotonic() + request["limits"]["loadSeconds"])
        if event is not None and event.get("event") == "loaded":
            if run.channel.buffer:
                raise Ended("forbidden")
            for test in tests:
                nonce = os.urandom(16).hex()
                begun = time.monotonic()
                write_blocking(run, dict(test, nonce=nonce), begun + request["limits"]["seconds"])
                answer = run.frame(nonce.encode(), begun + request["limits"]["seconds"])
                if answer is None or not isinstance(answer, dict):
                    results.append({"ended": "exited"})
                    break
                results.append(dict(answer, ms=round(1000 * (time.monotonic() - begun), 2)))
                if request.get("stop") and "error" in answer:
                    break
    except Ended as limit:
        ended = limit.why
    except (ValueError, RecursionError):
        ended = "forbidden"
    if ended is None and len(results) == len(tests) and "ended" not in (results[-1] if results else ()):
        # all is said: the answer need not wait until the kernel has taken the namespaces down
        answered.append(run)
        return run.report(9, ended=None, event=event, results=results)
    return run.report(run.finish(), ended=ended, event=event, results=results)

def write_blocking(run, value, until):
    send_blocking(run, json.dumps(value).encode("utf-8", "surrogatepass"), until)

def send_blocking(run, body, until):
    rest = memoryview(struct.pack(">I", len(body)) + body)
    while rest:
        try:
            rest = rest[run.channel.sock.send(rest):]
        except BlockingIOError:
            if time.monotonic() >= until:
                raise Ended("time-limit")
            run.step(until)
        except OSError:
            return

def monitor(node, zygote):
    """Serves one candidate at a time for as long as the parent holds the socket."""
    grades = {"main": grade_main, "calls": grade_calls, "drive": grade_drive}
    while True:
        body = read_frame(node)
        if body is None:
            os._exit(0)
        if body == b"":
            continue
        request = json.loads(body)
        write_frame(node, grades[request["grade"]](request, node, zygote))
        while answered:
            answered.pop().finish()
`;
