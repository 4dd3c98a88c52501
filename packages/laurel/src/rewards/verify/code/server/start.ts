/** Last part of the server's Python source: the zygotes that candidates are forked from, and the start of all processes. */
export const startSource = `
def fork_forever(monitor_socket):
    """
    The zygote of one slot. It forks candidates and sees nothing else: no request, no output, no verdict passes through it,
    so what a candidate finds in its inherited memory is this program and nothing of any other candidate.
    """
    own = os.open("/proc/self/ns/pid", os.O_RDONLY)
    while True:
        message, descriptors = socket.recv_fds(monitor_socket, 16, 4)[:2]
        if not message:
            os._exit(0)
        if message[:1] == b"w":
            monitor_socket.send(b"%d" % os.waitpid(int(message[1:]), 0)[1])
            continue
        check(libc.setns(own, NEWPID), "own pid namespace")
        unshare(NEWPID, "candidate's pid namespace")
        pid = os.fork()
        if pid == 0:
            try:
                os.close(own)
                inside(descriptors)
            finally:
                os._exit(111)
        handle = os.pidfd_open(pid)
        socket.send_fds(monitor_socket, [b"%d" % pid], [handle])
        for descriptor in descriptors + [handle]:
            os.close(descriptor)

def warm():
    import array, bisect, collections, copy, dataclasses, datetime, decimal, enum, fractions, functools, hashlib, heapq, inspect
    import io, itertools, math, operator, random, re, statistics, string, textwrap, threading, traceback, typing, atexit, queue
    # a rehearsal: the interpreter rewrites code that it runs for the first times, and in a fork each rewritten page is a copy
    left, right = socket.socketpair()
    for _ in range(24):
        request = marshal.loads(marshal.dumps({"program": "def f(x): return x", "limits": {}}))
        module = load(request, "candidate", right)
        for test in ({"name": "f", "args": [1]}, {"eval": "f([1, 'a', 2.5])"}, {"exec": "import math"}):
            write_frame(right, answer_one(test, module.__dict__), b"0" * 32)
            read_exactly(left, 32)
            read_frame(left)
    del sys.modules["candidate"]
    left.close()
    right.close()
    for name in CONFIG["preload"]:
        try:
            __import__(name)
        except ImportError as error:
            raise Missing("preload", str(error))

def server(control, sockets, go_read, ready_write, as_root):
    try:
        if as_root:
            unshare(NEWNS, "mount namespace")
        build_root(CONFIG["paths"], CONFIG["node"])
        if os.path.exists("/laurel/node"):
            CONFIG["node"] = "/laurel/node"
        if as_root:
            unshare(NEWUSER | NEWNS, "user namespace")
            os.write(ready_write, b"u")
            if os.read(go_read, 1) != b"g":
                os._exit(1)
            os.setresgid(0, 0, 0)
            os.setresuid(0, 0, 0)
        check(libc.prctl(4, 1, 0, 0, 0), "dumpable")
        check(libc.prctl(1, 9, 0, 0, 0), "death signal")
        if as_root:
            # only a pid namespace of our own user namespace lets the zygotes come back to it after each fork
            unshare(NEWPID, "server's pid namespace")
            child = os.fork()
            if child:
                control.close()
                for sock in sockets:
                    sock.close()
                os.waitpid(child, 0)
                os._exit(0)
            check(libc.prctl(1, 9, 0, 0, 0), "death signal")
            mount("proc", "/proc", "proc", NOSUID | NODEV | NOEXEC)
        os.closerange(0, 3)
        null = os.open("/dev/null", os.O_RDWR)
        while null < 2:
            null = os.dup(null)
        # what every candidate starts with is made once: its descriptors 0 to 2 are put under these streams
        open_streams()
        os.environ.clear()
        os.environ.update({"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8", "TMPDIR": "/tmp"})
        sys.argv[:] = ["main.py"]
        for fd in (go_read, ready_write):
            if fd > 2:
                os.close(fd)
        warm()
        gc.collect()
        gc.disable()
        gc.freeze()
    except Missing as missing:
        write_frame(control, {"ready": False, "step": missing.step, "error": missing.error})
        os._exit(1)
    except OSError as error:
        write_frame(control, {"ready": False, "step": "set-up", "error": str(error)})
        os._exit(1)
    for index, sock in enumerate(sockets):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if os.fork() == 0:
            for unused in [control, ours] + sockets:
                unused.close()
            fork_forever(theirs)
        theirs.close()
        if os.fork() == 0:
            for unused in [control] + sockets[:index] + sockets[index + 1:]:
                unused.close()
            monitor(sock, ours)
        ours.close()
    for sock in sockets:
        sock.close()
    planner = os.fork()
    if planner == 0:
        write_frame(control, {"ready": True, "python": sys.version.split()[0], "uid": CONFIG["uid"]})
        plan_forever(control)
        os._exit(0)
    control.close()
    os.waitpid(planner, 0)
    os._exit(0)

def start():
    global CONFIG
    CONFIG = json.loads(sys.argv[1])
    control = socket.socket(fileno=3)
    sockets = [socket.socket(fileno=4 + i) for i in range(CONFIG["slots"])]
    for sock in [control] + sockets:
        sock.setblocking(True)
    as_root = os.geteuid() == 0
    ready_read, ready_write = os.pipe()
    go_read, go_write = os.pipe()
    try:
        if SYSCALLS is None:
            raise Missing("processor", MACHINE + " is not known to the sandbox")
        if as_root and CONFIG["uid"] <= 0:
            raise Missing("uid", "refusing to run programs as root; give a uid above 0")
        others = NEWPID | NEWNET | NEWIPC | NEWUTS
        if as_root:
            unshare(others, "pid, network, IPC and UTS namespaces")
            os.setgroups([])
        else:
            uid, gid = os.getuid(), os.getgid()
            CONFIG["uid"] = uid
            unshare(NEWUSER | NEWNS | others, "user namespace")
            map_ids("self", 0, uid, gid)
        pid = os.fork()
        if pid == 0:
            os.close(ready_read)
            os.close(go_write)
            server(control, sockets, go_read, ready_write, as_root)
        os.close(ready_write)
        if as_root and os.read(ready_read, 1) == b"u":
            map_ids(str(pid), 0, CONFIG["uid"], CONFIG["uid"])
            os.write(go_write, b"g")
    except Missing as missing:
        write_frame(control, {"ready": False, "step": missing.step, "error": missing.error})
        os._exit(1)
    except OSError as error:
        write_frame(control, {"ready": False, "step": "change to uid %d" % CONFIG["uid"], "error": str(error)})
        os._exit(1)
    control.close()
    for sock in sockets:
        sock.close()
    os.waitpid(pid, 0)
    os._exit(0)

start()
`;
