/**
 * First part of the sandbox server's Python source: namespaces, root directory, limits.
 *
 * The server is Python because Node cannot call `unshare(2)` and `mount(2)` without native code, and because a fork of
 * a warm interpreter takes about a millisecond. It is kept in strings so that a package needs no data file.
 */
export const jailSource = String.raw`
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import ctypes, errno, gc, json, os, resource, select, signal, socket, stat, struct, time

libc = ctypes.CDLL(None, use_errno=True)
NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
RDONLY, NOSUID, NODEV, NOEXEC, BIND, REC, PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
MACHINE = os.uname().machine
SYSCALLS = {
    "x86_64": {"pivot_root": 155, "capset": 126, "mount_setattr": 442},
    "aarch64": {"pivot_root": 41, "capset": 91, "mount_setattr": 442},
}.get(MACHINE)

class Missing(Exception):
    """A step of the set-up that this machine does not permit."""
    def __init__(self, step, error):
        Exception.__init__(self, step)
        self.step, self.error = step, error

def check(result, step):
    if result < 0:
        code = ctypes.get_errno()
        raise Missing(step, errno.errorcode.get(code, str(code)) + " " + os.strerror(code))

def unshare(flags, step):
    check(libc.unshare(flags), step)

def mount(source, target, kind, flags, data=None):
    text = lambda value: None if value is None else value.encode()
    check(libc.mount(text(source), text(target), text(kind), ctypes.c_ulong(flags), text(data)), "mount " + target)

def write_file(path, text):
    # not open(): its objects cost a forked process some hundred page faults
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    os.write(descriptor, text.encode())
    os.close(descriptor)

def read_only(path, nodev=True):
    """Makes a mount and all below it read-only (mount_setattr, Linux 5.12)."""
    attributes = struct.pack("QQQQ", 1 | 2 | (4 if nodev else 0), 0, 0, 0)
    result = libc.syscall(SYSCALLS["mount_setattr"], -100, path.encode(), 0x8000, attributes, len(attributes))
    check(result, "mount_setattr " + path)

def build_root(paths, node):
    """A root directory with the system's programs, read-only, and nothing of the host's own files."""
    mount(None, "/", None, REC | PRIVATE)
    covered = [os.path.realpath(path) for path in paths + [node]] + ["/usr", "/proc", "/dev"]
    spots = ["/mnt", "/media", "/srv", "/opt", "/tmp"]
    free = [s for s in spots if os.path.isdir(s) and not any(p == s or p.startswith(s + "/") for p in covered)]
    if not free:
        raise Missing("root directory", "no unused directory among " + " ".join(spots))
    new = free[0]
    mount("tmpfs", new, "tmpfs", NOSUID | NODEV, "size=1m,mode=755")
    def bind(path, nodev=True, target=None):
        target = new + (target or path)
        if os.path.isdir(path):
            os.makedirs(target, mode=0o755, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
            open(target, "w").close()
        mount(path, target, None, BIND | REC)
        read_only(target, nodev)
    bind("/usr")
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = "/" + name
        if os.path.islink(path):
            os.symlink(os.readlink(path), new + path)
        elif os.path.isdir(path):
            bind(path)
    os.makedirs(new + "/etc")
    for path in ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives"):
        if os.path.exists(path):
            bind(path)
    write_file(new + "/etc/passwd", "sandbox:x:1000:1000::/tmp:/bin/sh\n")
    os.makedirs(new + "/dev")
    for name in ("null", "zero", "full", "random", "urandom"):
        bind("/dev/" + name, nodev=False)
    os.symlink("/tmp", new + "/dev/shm")
    for link, target in (("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2")):
        os.symlink(target, new + "/dev/" + link)
    # programs get a /tmp of their own, which would cover a node below the host's
    if not any(node.startswith(top + "/") for top in ("/usr", "/bin")):
        bind(node, target="/laurel/node")
    for path in sorted(set(paths)):
        inside = any(path == top or path.startswith(top + "/") for top in ("/usr", "/bin", "/lib", "/lib64"))
        if not inside and not os.path.exists(new + path):
            bind(path)
    os.makedirs(new + "/tmp", exist_ok=True)
    os.makedirs(new + "/proc")
    mount("proc", new + "/proc", "proc", NOSUID | NODEV | NOEXEC)
    os.chdir(new)
    check(libc.syscall(SYSCALLS["pivot_root"], b".", b"."), "pivot_root")
    check(libc.umount2(b".", 2), "umount of the old root")
    os.chdir("/")
    flags = struct.pack("QQQQ", 1, 0, 0, 0)
    check(libc.syscall(SYSCALLS["mount_setattr"], -100, b"/", 0, flags, len(flags)), "read-only root")

def map_ids(process, inside, uid, gid):
    base = "/proc/" + process
    write_file(base + "/setgroups", "deny")
    write_file(base + "/uid_map", "%d %d 1" % (inside, uid))
    write_file(base + "/gid_map", "%d %d 1" % (inside, gid))

def limit(kind, value):
    resource.setrlimit(kind, (value, value))

# System calls that no program under test needs: they widen the kernel's surface, or hold memory that no limit counts.
# Each line: number on x86_64, number on aarch64.
DENIED = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "mount_setattr": (442, 442), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "unshare": (272, 97), "setns": (308, 268),
    "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "perf_event_open": (298, 241),
    "bpf": (321, 280), "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190),
    "mq_open": (240, 180), "fanotify_init": (300, 262), "quotactl": (179, 60), "acct": (163, 89), "syslog": (103, 116),
}

def filter_program():
    column = 0 if MACHINE == "x86_64" else 1
    arch, socket_call = ((0xC000003E, 41), (0xC00000B7, 198))[column]
    step = lambda code, k, yes=0, no=0: struct.pack("HBBI", code, yes, no, k)
    load, equal, reply, allow, deny = 0x20, 0x15, 0x06, 0x7FFF0000, 0x00050000 | errno.EPERM
    program = [step(load, 4), step(equal, arch, 1, 0), step(reply, 0x80000000), step(load, 0)]
    # the x32 numbers of x86_64 would slip past the list
    if column == 0:
        program += [step(0x35, 0x40000000, 0, 1), step(reply, deny)]
    for numbers in DENIED.values():
        program += [step(equal, numbers[column], 0, 1), step(reply, deny)]
    # sockets of AF_UNIX, AF_INET and AF_INET6 only: others, such as AF_VSOCK, know no network namespace
    program += [step(equal, socket_call, 0, 5), step(load, 16), step(equal, 1, 3), step(equal, 2, 2), step(equal, 10, 1), step(reply, deny)]
    program.append(step(reply, allow))
    return ctypes.create_string_buffer(b"".join(program)), len(program)

FILTER, FILTER_LENGTH = filter_program() if SYSCALLS else (None, 0)

def seccomp():
    header = struct.pack("HxxxxxxP", FILTER_LENGTH, ctypes.addressof(FILTER))
    check(libc.prctl(22, 2, header, 0, 0), "seccomp")

def jail(limits):
    """Shuts the calling process in: own mounts, own user namespace without rights, limits. Runs as pid 1 of its pid namespace."""
    os.setsid()
    unshare(NEWNS | NEWIPC, "candidate's mount namespace")
    size = "size=%dm,nr_inodes=4096,mode=1777" % limits["diskMb"]
    mount("tmpfs", "/tmp", "tmpfs", NOSUID | NODEV, size)
    mount("proc", "/proc", "proc", NOSUID | NODEV | NOEXEC)
    os.chdir("/tmp")
    unshare(NEWUSER, "candidate's user namespace")
    map_ids("self", 1000, 0, 0)
    write_file("/proc/sys/user/max_user_namespaces", "0")
    write_file("/proc/self/oom_score_adj", "1000")
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_CPU, int(limits["cpuSeconds"]) + 1)
    limit(resource.RLIMIT_FSIZE, limits["diskMb"] << 20)
    limit(resource.RLIMIT_NOFILE, limits["files"])
    limit(resource.RLIMIT_NPROC, limits["processes"])
    limit(resource.RLIMIT_MSGQUEUE, 0)
    limit(resource.RLIMIT_MEMLOCK, 0)
    # Node reserves far more address space than it uses, so that its data is limited, and its threads take the stack's limit each
    if limits.get("reserves"):
        limit(resource.RLIMIT_STACK, 8 << 20)
        limit(resource.RLIMIT_DATA, limits["memoryMb"] + 512 << 20)
    else:
        limit(resource.RLIMIT_STACK, 64 << 20)
        limit(resource.RLIMIT_AS, limits["memoryMb"] << 20)
    header, nothing = struct.pack("Ii", 0x20080522, 0), bytes(24)
    check(libc.prctl(47, 4, 0, 0, 0), "ambient capabilities")
    check(libc.syscall(SYSCALLS["capset"], header, nothing), "capset")
    check(libc.prctl(38, 1, 0, 0, 0), "no_new_privs")
    check(libc.prctl(4, 0, 0, 0, 0), "dumpable")
    check(libc.prctl(1, 9, 0, 0, 0), "death signal")
    seccomp()
`;
