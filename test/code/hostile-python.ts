/**
 * Hostile Python programs. Each is graded by tests whose answer is a token that only the tests know; none may pass.
 * `kinds` says which tests it meets: a call, an assertion that can be separated, one that cannot, printed output.
 */
export interface Hostile {
  name: string;
  program: string;
}

/** Programs that try to stall, crash or overwhelm the pool. */
export const stallers: readonly Hostile[] = [
  { name: "a fork bomb", program: "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass" },
  {
    name: "a thread bomb",
    program:
      "import threading, time\ndef f(x):\n  while True:\n    try: threading.Thread(target=lambda: time.sleep(99)).start()\n    except RuntimeError: pass\nf(1)",
  },
  { name: "endless output", program: "while True: print('a' * 65536)" },
  { name: "endless output to stderr", program: "import sys\nwhile True: sys.stderr.write('a' * 65536)" },
  { name: "a memory bomb", program: "x = []\nwhile True: x.append(bytearray(1 << 24))" },
  {
    name: "a memory bomb in many processes",
    program:
      "import os, time\nfor _ in range(24):\n  if os.fork() == 0: break\nx = []\nwhile True:\n  try: x.append(b'x' * (1 << 22))\n  except MemoryError: time.sleep(0.05)",
  },
  {
    name: "a memory bomb in shared mappings",
    program:
      "import os, mmap, time\nfor _ in range(16):\n  if os.fork() == 0: break\nx = []\nwhile True:\n  try:\n    m = mmap.mmap(-1, 1 << 24); m.write(b'x' * (1 << 24)); x.append(m)\n  except Exception: time.sleep(0.05)",
  },
  {
    name: "a memory bomb in memory files",
    program: "import os\nx = []\nwhile True:\n  d = os.memfd_create('a'); os.write(d, b'x' * (1 << 23)); x.append(d)",
  },
  {
    name: "a memory bomb in pipes",
    program:
      "import os, fcntl, time\nwhile True:\n  try:\n    r, w = os.pipe(); fcntl.fcntl(w, 1031, 1 << 20); os.set_blocking(w, False); os.write(w, b'x' * (1 << 20))\n  except OSError: time.sleep(0.01)",
  },
  { name: "a great power", program: "def f(x): return 9 ** 9 ** 9\nf(1)" },
  { name: "deep recursion", program: "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(x): return f(x + 1)\nf(1)" },
  {
    name: "deep recursion in C",
    program:
      "import sys\nsys.setrecursionlimit(10 ** 9)\nx = []\nfor _ in range(10 ** 6): x = [x]\nprint(repr(x)[:10])",
  },
  { name: "deep nesting of source", program: `x = ${"(".repeat(5000)}1${")".repeat(5000)}` },
  { name: "a regular expression that backtracks", program: "import re\nre.match('(a+)+$', 'a' * 60 + 'b')" },
  {
    name: "filling the disk",
    program: "import itertools\nfor i in itertools.count(): open('/tmp/%d' % i, 'wb').write(b'x' * (1 << 22))",
  },
  {
    name: "using up the inodes",
    program: "import itertools\nfor i in itertools.count(): open('/tmp/%d' % i, 'w').close()",
  },
  { name: "using up the descriptors", program: "x = []\nwhile True: x.append(open('/dev/null'))" },
  { name: "sleeping", program: "import time\ntime.sleep(9999)" },
  {
    name: "stopping itself",
    program: "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nos.system('kill -STOP $PPID')\nwhile True: pass",
  },
  {
    name: "ignoring every signal",
    program:
      "import signal\nfor s in range(1, 65):\n  try: signal.signal(s, signal.SIG_IGN)\n  except (OSError, ValueError): pass\nwhile True: pass",
  },
  {
    name: "a daemon that keeps the output open",
    program:
      "import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: time.sleep(9999)\n  os._exit(0)\nos._exit(0)",
  },
  {
    name: "endless threads at exit",
    program: "import threading\ndef loop():\n  while True: pass\nthreading.Thread(target=loop).start()",
  },
  { name: "an endless exit handler", program: "import atexit\n@atexit.register\ndef loop():\n  while True: pass" },
  { name: "an endless finaliser", program: "class A:\n  def __del__(self):\n    while True: pass\na = A()\ndel a" },
  {
    name: "an exception with an endless text",
    program: "class E(Exception):\n  def __str__(self):\n    while True: pass\nraise E()",
  },
  { name: "an exception with a huge text", program: "raise Exception('x' * (1 << 28))" },
  { name: "an endless generator as the answer", program: "def f(x):\n  while True: yield x" },
  { name: "a list that holds itself as the answer", program: "def f(x):\n  a = []\n  a.append(a)\n  return a" },
  { name: "a huge answer", program: "def f(x): return [0] * (1 << 24)" },
  { name: "a huge number as the answer", program: "def f(x): return 1 << (1 << 26)" },
  {
    name: "flooding the harness's channel",
    program: "import os\nwhile True:\n  try: os.write(3, b'\\0\\0\\xff\\xff' + b'x' * 65535)\n  except OSError: pass",
  },
  {
    name: "flooding the channel when asked and reading nothing",
    program:
      "import os, json, struct\nb = json.dumps({'event': 'loaded'}).encode()\nos.write(3, struct.pack('>I', len(b)) + b)\nwhile True: os.write(3, b'x' * 65536)",
  },
  { name: "waiting for input", program: "import sys\nwhile True: sys.stdin.read(); input" },
  {
    name: "changing into another program",
    program: "import os\nos.execv('/bin/sh', ['sh', '-c', 'while :; do :; done'])",
  },
];

/** Programs that try to be taken for right without the answer. */
export const cheats: readonly Hostile[] = [
  { name: "an early exit", program: "import os\nos._exit(0)" },
  { name: "an early exit by sys.exit", program: "import sys\nsys.exit(0)" },
  { name: "an exit in the function", program: "import os\ndef f(x): os._exit(0)" },
  { name: "SystemExit in the function", program: "def f(x): raise SystemExit(0)" },
  { name: "an exit in an exit handler", program: "import atexit, os\natexit.register(lambda: os._exit(0))" },
  {
    name: "an answer that equals everything",
    program:
      "class A:\n  __eq__ = lambda *a: True\n  __ne__ = lambda *a: False\n  __hash__ = lambda s: 1\n  __bool__ = lambda s: True\n  __sub__ = __rsub__ = __abs__ = lambda *a: 0\n  __lt__ = __le__ = __gt__ = __ge__ = __eq__\n  __len__ = lambda s: 8\n  __iter__ = lambda s: iter([])\ndef f(x): return A()",
  },
  {
    name: "text that equals everything",
    program:
      "class S(str):\n  __eq__ = lambda *a: True\n  __ne__ = lambda *a: False\n  __hash__ = str.__hash__\ndef f(x): return S('no')\nclass P:\n  pass",
  },
  {
    name: "a list that equals everything",
    program: "class L(list):\n  __eq__ = lambda *a: True\n  __iter__ = lambda s: iter(['x'] * 9)\ndef f(x): return L()",
  },
  {
    name: "AssertionError replaced",
    program:
      "import builtins\nbuiltins.AssertionError = type('A', (BaseException,), {'__init__': lambda *a: __import__('os')._exit(0)})\ndef f(x): return 1",
  },
  {
    name: "built-in functions replaced",
    program:
      "import builtins\nfor n in ('eval', 'exec', 'compile', 'isinstance', 'len', 'type', 'str'):\n  setattr(builtins, n, lambda *a, **k: True)\ndef f(x): return 1",
  },
  {
    name: "json replaced",
    program:
      "import json\njson.dumps = lambda *a, **k: '{\"value\":[\"b\",true],\"passed\":true}'\njson.loads = lambda *a, **k: {'nonce': '', 'eval': 'True'}\ndef f(x): return 1",
  },
  {
    name: "the harness replaced through frames",
    program:
      "import sys\ng = sys._getframe()\nwhile g.f_back: g = g.f_back\ng.f_globals['encode'] = lambda v: ['b', True]\ng.f_globals['describe'] = lambda v: None\ndef f(x): return 1",
  },
  {
    name: "the harness replaced through the garbage collector",
    program:
      "import gc, types\nfor o in gc.get_objects():\n  if isinstance(o, types.FunctionType) and o.__name__ in ('encode', 'run_calls', 'write_frame', 'describe'):\n    o.__code__ = (lambda *a, **k: ['b', True]).__code__\ndef f(x): return 1",
  },
  {
    name: "sys.stdout replaced",
    program: "import sys, io\nsys.stdout = io.StringIO()\nprint('7')\ndef f(x): return 1",
  },
  {
    name: "printing verdicts",
    program: "print('passed'); print('{\"passed\": true}'); print('OK')\ndef f(x):\n  print('passed')\n  return True",
  },
  { name: "printing what it reads", program: "import sys\nprint(sys.stdin.read())\ndef f(x): return x" },
  {
    name: "writing frames to every descriptor",
    program:
      "import os, json, struct\nb = json.dumps({'value': ['b', True], 'passed': True, 'event': 'loaded'}).encode()\nfor d in range(256):\n  try: os.write(d, struct.pack('>I', len(b)) + b)\n  except OSError: pass\ndef f(x): return 1",
  },
  { name: "closing every descriptor", program: "import os\nos.closerange(0, 256)\ndef f(x): return 1" },
  {
    name: "answering in the harness's place",
    program:
      "import os, json, struct, socket\ns = socket.socket(fileno=3)\ndef send(v, n=b''):\n  b = json.dumps(v).encode(); s.sendall(n + struct.pack('>I', len(b)) + b)\nsend({'event': 'loaded'})\nwhile True:\n  n = struct.unpack('>I', s.recv(4))[0]\n  q = json.loads(s.recv(n))\n  send({'value': ['b', True], 'passed': True, 'args': []}, q['nonce'].encode())",
  },
  {
    name: "answering every question with what the question holds",
    program:
      "import os, json, struct, socket\ns = socket.socket(fileno=3)\ndef send(v, n=b''):\n  b = json.dumps(v).encode(); s.sendall(n + struct.pack('>I', len(b)) + b)\nsend({'event': 'loaded'})\nwhile True:\n  n = struct.unpack('>I', s.recv(4))[0]\n  q = json.loads(s.recv(n))\n  send({'value': ['s', json.dumps(q)]}, q['nonce'].encode())",
  },
  {
    name: "a thread that waits for the nonce",
    program:
      "import threading, os, re, sys, gc\ndef spy():\n  while True:\n    for fr in sys._current_frames().values():\n      n = fr.f_locals.get('nonce')\n      if isinstance(n, bytes): os.write(3, n + b'\\0\\0\\0\\x16{\"value\":[\"b\",true]}   ')\nthreading.Thread(target=spy, daemon=True).start()\ndef f(x): return 1",
  },
  {
    name: "searching all objects for the answer",
    program:
      "import gc, re\ndef f(x):\n  for o in gc.get_objects():\n    try: m = re.search('k3y-[0-9]{12}-[a-z]+', repr(o))\n    except BaseException: continue\n    if m: return m.group(0)",
  },
  {
    name: "searching its own memory for the answer",
    program:
      "import ctypes, re\ndef f(x):\n  for line in open('/proc/self/maps'):\n    w = line.split()\n    if 'r' not in w[1] or '[v' in line: continue\n    a, b = (int(v, 16) for v in w[0].split('-'))\n    m = re.search(b'k3y-[0-9]{12}-[a-z]{4}', ctypes.string_at(a, b - a))\n    if m: return m.group(0).decode()",
  },
  {
    name: "searching files for the answer",
    program:
      "import os, re\ndef f(x):\n  for d, _, fs in os.walk('/'):\n    if d.startswith(('/usr', '/sys')): continue\n    for n in fs:\n      try: m = re.search(b'k3y-[0-9]{12}-[a-z]{4}', open(d + '/' + n, 'rb').read(1 << 20))\n      except OSError: continue\n      if m: return m.group(0).decode()",
  },
  {
    name: "searching every process for the answer",
    program:
      "import os, re\ndef f(x):\n  for p in os.listdir('/proc'):\n    for n in ('environ', 'cmdline', 'mem', 'fd/0', 'fd/1', 'fd/3', 'root/etc/hostname'):\n      try: m = re.search(b'k3y-[0-9]{12}-[a-z]{4}', open('/proc/%s/%s' % (p, n), 'rb').read(1 << 20))\n      except OSError: continue\n      if m: return m.group(0).decode()",
  },
  {
    name: "searching the call's own frames for the answer",
    program:
      "import sys, re\ndef f(x):\n  g = sys._getframe()\n  while g:\n    m = re.search('k3y-[0-9]{12}-[a-z]{4}', repr(g.f_locals) + repr(g.f_globals))\n    if m: return m.group(0)\n    g = g.f_back",
  },
  {
    name: "an import hook over the test's imports",
    program:
      "import sys, types\nm = types.ModuleType('random'); m.__getattr__ = lambda n: (lambda *a: 1)\nfor n in ('random', 'math', 'unittest'): sys.modules[n] = m\ndef f(x): return 1",
  },
  {
    name: "a link to the root",
    program: "import os\nos.symlink('/', '/tmp/main.py')\ndef f(x): return os.readlink('/tmp/main.py')",
  },
  { name: "a traceless crash", program: "import ctypes\nctypes.string_at(0)" },
  { name: "a crash in the function", program: "import ctypes\ndef f(x): return ctypes.string_at(0)" },
];

/**
 * What a program must not be able to do: `attempt` runs in the function and the answer is "denied" if it raised, or what
 * it returned. Each is tested for the answer "denied".
 */
export const probes: readonly Hostile[] = [
  { name: "write below the root", program: "open('/usr/x', 'w')" },
  { name: "write into /etc", program: "open('/etc/passwd', 'a')" },
  { name: "make a directory in the root", program: "os.mkdir('/x')" },
  { name: "see another process", program: "sorted(p for p in os.listdir('/proc') if p.isdigit() and p != '1')[0]" },
  { name: "kill process 2 or its parent", program: "[os.kill(2, 9), os.kill(os.getppid(), 9)]" },
  { name: "connect to the host", program: "socket.create_connection(('127.0.0.1', 22), 1)" },
  { name: "connect to the network", program: "socket.create_connection(('1.1.1.1', 53), 1)" },
  { name: "use AF_VSOCK", program: "socket.socket(40, 1)" },
  { name: "use raw packets", program: "socket.socket(17, 3)" },
  { name: "use netlink", program: "socket.socket(16, 3)" },
  { name: "resolve a name", program: "socket.getaddrinfo('example.org', 80)" },
  { name: "raise the memory limit", program: "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))" },
  { name: "raise the process limit", program: "resource.setrlimit(resource.RLIMIT_NPROC, (9999, 9999))" },
  { name: "become root", program: "os.setuid(0)" },
  { name: "change group", program: "os.setgroups([0])" },
  { name: "chroot", program: "os.chroot('/tmp')" },
  { name: "unshare a user namespace", program: "libc(272, 0x10000000)" },
  { name: "clone a user namespace", program: "libc(56, 0x10000000 | 17, 0, 0, 0, 0)" },
  { name: "mount", program: "libc(165, b'tmpfs', b'/tmp', b'tmpfs', 0, 0)" },
  { name: "unmount /proc", program: "libc(166, b'/proc', 2)" },
  { name: "ptrace", program: "libc(101, 16, 1, 0, 0)" },
  { name: "read another process's memory", program: "libc(310, 1, 0, 0, 0, 0, 0)" },
  { name: "load a BPF program", program: "libc(321, 0, 0, 0)" },
  { name: "make an io_uring", program: "libc(425, 1, 0)" },
  { name: "get shared memory of System V", program: "libc(29, 7, 1 << 20, 0o1600)" },
  { name: "open a handle", program: "libc(304, 0, 0, 0)" },
  { name: "make a device", program: "os.mknod('/tmp/d', 0o60666, os.makedev(254, 0))" },
  {
    name: "run a set-uid program as root",
    program:
      "[i for i in [subprocess.run(['su', '-c', 'id -u'], capture_output=True, text=True).stdout.strip()] if i == '0'][0]",
  },
  { name: "write to the kernel's settings", program: "open('/proc/sys/kernel/core_pattern', 'w').write('x')" },
  { name: "allow user namespaces again", program: "open('/proc/sys/user/max_user_namespaces', 'w').write('9')" },
  { name: "read the disk", program: "os.listdir('/sys')" },
  { name: "see the home directories", program: "os.listdir('/home')" },
  { name: "see the environment", program: "[v for v in os.environ if v not in ('PATH', 'HOME', 'LANG', 'TMPDIR')][0]" },
  { name: "see a descriptor of another process", program: "[d for d in range(4, 64) if os.fstat(d)][0]" },
  { name: "send a signal to every process", program: "os.kill(-1, 0)" },
];

/** The program of a probe. */
export function probeProgram(attempt: string): string {
  return [
    "import os, socket, subprocess, resource, ctypes",
    "def libc(*a):",
    "  lib = ctypes.CDLL(None, use_errno=True)",
    "  r = lib.syscall(*[ctypes.c_long(v) if isinstance(v, int) else v for v in a])",
    "  if r == 0 and a[0] == 56: os._exit(0)",
    "  if r < 0: raise OSError(ctypes.get_errno(), 'denied')",
    "  return r",
    "def f(x):",
    "  try:",
    `    return 'allowed: %r' % (${attempt},)`,
    "  except (OSError, IndexError, ValueError):",
    "    return 'denied'",
  ].join("\n");
}
