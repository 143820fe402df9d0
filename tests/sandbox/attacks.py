# ruff: noqa: E501  # a program reads best unbroken
"""Programs that attack the sandbox or meet its edges, as data. Each is judged by the parent.

Names in capitals and braces are filled with what the parent laid out: {SECRET} a world-readable
file with a secret, {OUTSIDE} a folder that everyone may write to, {TCP}, {UDP} ports on loopback,
{UNIX}, {ABSTRACT} listening sockets, {PARENT} the parent's process id, {HOME} its home,
{PROJECT} this project.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Attack:
    """A program and how it must end.

    Attributes:
      name: unique.
      source: the program, before the braces are filled.
      status: the only acceptable one.
      limit: for status "limit"; several where the kernel decides which comes first.
      error: what the error must contain.
      printed: what standard output must contain: proof that the program came that far.
      impatient: run under a short wall clock (programs that sleep).
    """

    name: str
    source: str
    status: str
    limit: tuple[str, ...] = ()
    error: str = ""
    printed: str = ""
    impatient: bool = False


def refused(name: str, source: str, error: str = "PermissionError") -> Attack:
    """An attack that the kernel answers with an error."""
    return Attack(name=name, source=source, status="program_error", error=error)


def harmless(name: str, source: str, printed: str = "") -> Attack:
    """A program that may do what it does."""
    return Attack(name=name, source=source, status="ok", printed=printed)


def limited(name: str, source: str, *limits: str, impatient: bool = False) -> Attack:
    """A program that meets a limit."""
    return Attack(name=name, source=source, status="limit", limit=limits, impatient=impatient)


def tampers(name: str, source: str, error: str = "") -> Attack:
    """A program that is caught tampering."""
    return Attack(name=name, source=source, status="tamper", error=error)


def fails(name: str, source: str, error: str, printed: str = "") -> Attack:
    """A program that ends badly by its own doing."""
    return Attack(name=name, source=source, status="program_error", error=error, printed=printed)


CALL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
"""

FILES = [
    refused("read ssh keys", "import os; print(os.listdir({HOME})); open({HOME} + '/.ssh/id')"),
    refused("read passwd", "print(open('/etc/passwd').read())"),
    refused("read shadow", "print(open('/etc/shadow').read())"),
    refused("read a public secret", "print(open({SECRET}).read())"),
    refused(
        "map a public secret", "import numpy; print(numpy.memmap({SECRET}, mode='r').tobytes())"
    ),
    refused("read through a relative path", "print(open('../../../../../../' + {SECRET}).read())"),
    refused("read by file descriptor of root", "import os; d = os.open('/', os.O_RDONLY)"),
    refused("list root", "import os; print(os.listdir('/'))"),
    refused("list proc", "import os; print(os.listdir('/proc'))"),
    refused("list the parent folder", "import os; print(os.listdir('..'))"),
    refused("list temp", "import os; print(os.listdir({OUTSIDE}))"),
    refused("write outside", "open({OUTSIDE} + '/planted', 'w').write('x')"),
    refused("append to a file", "open({SECRET}, 'a').write('x')"),
    refused("write shared memory", "open('/dev/shm/planted', 'w').write('x')"),
    refused("truncate by path", "import os; os.truncate({SECRET}, 0)"),
    refused("remove a file", "import os; os.unlink({SECRET})"),
    refused("rename a file", "import os; os.rename({SECRET}, {SECRET} + '.moved')"),
    refused(
        "move own file out",
        "import os; open('x', 'w').write('x'); os.rename('x', {OUTSIDE} + '/planted')",
        error="Error",  # EXDEV or EPERM by version of Landlock
    ),
    refused("make a folder outside", "import os; os.mkdir({OUTSIDE} + '/planted')"),
    refused("symbolic link", "import os; os.symlink({SECRET}, 'link')"),
    refused("hard link", "import os; os.link({SECRET}, 'link')"),
    refused("fifo", "import os; os.mkfifo('fifo')"),
    refused("device", "import os; os.mknod('disk', 0o60600, os.makedev(254, 0))"),
    refused("chmod outside", "import os; os.chmod({SECRET}, 0o777)"),
    refused("chown outside", "import os; os.chown({SECRET}, 1, 1)"),
    refused("utime outside", "import os; os.utime({SECRET}, (0, 0))"),
    refused("xattr outside", "import os; os.setxattr({SECRET}, 'user.planted', b'x')"),
    refused(
        "chmod through a library file",
        "import os; os.fchmod(os.open(os.__file__, os.O_RDONLY), 0o777)",
    ),
    refused("overwrite a library", "import os; open(os.__file__, 'a').write('x')"),
    refused("read a project file", "print(open({PROJECT} + '/setup.py').read())"),
    refused("load by handle of memory", "import os; os.memfd_create('hidden')"),
]

SECRETS = [
    refused("own environment", "print(open('/proc/self/environ').read())"),
    refused("parent environment", "import os; open(f'/proc/{os.getppid()}/environ').read()"),
    refused("trainer environment", "open('/proc/{PARENT}/environ').read()"),
    refused("own memory", "open('/proc/self/mem', 'r+b')"),
    refused("parent memory", "import os; open(f'/proc/{os.getppid()}/mem', 'r+b')"),
    refused("command lines", "open('/proc/{PARENT}/cmdline').read()"),
    harmless(
        "environment holds nothing",
        "import os\nprint(dict(os.environ))\npayload = str(dict(os.environ))",
    ),
    harmless(
        "inherited descriptors",
        "import os, fcntl\n"
        "alive = []\n"
        "for fd in range(3, 256):\n"
        "    try: fcntl.fcntl(fd, fcntl.F_GETFD); alive.append(fd)\n"
        "    except OSError: pass\n"
        "print('descriptors', alive)\n"
        "payload = b'x'",
        printed="descriptors [3]",
    ),
]

NETWORK = [
    refused("tcp", "import socket; socket.create_connection(('127.0.0.1', {TCP}))"),
    refused("tcp6", "import socket; socket.socket(socket.AF_INET6, socket.SOCK_STREAM)"),
    refused(
        "udp",
        "import socket\n"
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {UDP}))",
    ),
    refused(
        "name look-up by socket", "import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)"
    ),
    refused("unix path", "import socket; socket.socket(socket.AF_UNIX).connect({UNIX})"),
    refused("unix abstract", "import socket; socket.socket(socket.AF_UNIX).connect({ABSTRACT})"),
    refused("netlink", "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)"),
    refused("vsock", "import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)"),
    refused("mptcp", "import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)"),
    refused("raw", "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)"),
    refused("packet", "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)"),
    refused("alg", "import socket; socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)"),
    refused("bluetooth", "import socket; socket.socket(31, socket.SOCK_RAW, 1)"),
    refused("socketpair", "import socket; socket.socketpair()"),
    refused("listen", "import socket; socket.create_server(('127.0.0.1', 0))"),
    refused(
        "url",
        "import urllib.request as u; u.urlopen('http://127.0.0.1:{TCP}/')",
        error="not permitted",
    ),
    tampers("io_uring", CALL + "call(425, 8, None)"),
]

PROCESSES = [
    refused("fork", "import os; os.fork()"),
    refused("vfork", CALL + "call(58)"),
    refused("clone", CALL + "call(56, 17, None, None, None, None)"),
    refused("clone3", CALL + "call(435, None, 0)", error="not implemented"),
    refused("fork bomb", "import os\nwhile True: os.fork()"),
    refused("subprocess", "import subprocess; subprocess.run(['/bin/sh', '-c', 'id'])"),
    refused("posix_spawn", "import os; os.posix_spawn('/bin/true', ['true'], {})"),
    refused("multiprocessing", "import multiprocessing as m; m.Process(target=print).start()"),
    refused("execve", "import os; os.execv('/bin/sh', ['sh', '-c', 'id'])"),
    refused("pty", "import pty; pty.fork()", error="Error"),
    harmless(
        "system",
        "import os\nprint('code', os.system('touch {OUTSIDE_BARE}/planted'))\npayload = b'x'",
        printed="code",
    ),
    fails(
        "thread bomb",
        "import threading, time\n"
        "while True: threading.Thread(target=time.sleep, args=(100,)).start()",
        error="can't start new thread",
    ),
    limited(
        "threads with small stacks",
        "import threading, time\nthreading.stack_size(32768)\n"
        "while True: threading.Thread(target=time.sleep, args=(100,)).start()",
        "processes",
    ),
    limited(
        "threads that start threads",
        "import _thread\n_thread.stack_size(32768)\n"
        "def grow():\n    while True: _thread.start_new_thread(grow, ())\ngrow()",
        "processes",
        "cpu",
        "memory",
    ),
    harmless(
        "eight threads",
        "from concurrent.futures import ThreadPoolExecutor as T\n"
        "with T(8) as t: payload = str(sum(t.map(abs, range(99))))",
    ),
    refused("new session", "import os; os.setsid()"),
    tampers("unshare", CALL + "call(272, 0x10000000)"),
    tampers("mount", CALL + "call(165, b'none', b'/', b'tmpfs', 0, None)"),
    tampers("ptrace", CALL + "call(101, 16, os.getppid(), None, None)"),
    tampers("process_vm_readv", CALL + "call(310, os.getppid(), None, 0, None, 0, 0)"),
    tampers("bpf", CALL + "call(321, 0, None, 0)"),
    tampers("x32 call", CALL + "call(0x40000000 + 39)"),
    tampers(
        "32-bit call",
        "import ctypes, mmap\n"
        "page = mmap.mmap(-1, 4096, prot=7)\n"
        "page.write(bytes.fromhex('b814000000cd80c3'))\n"  # mov eax, 20; int 0x80; ret
        "at = ctypes.addressof(ctypes.c_char.from_buffer(page))\n"
        "print(ctypes.CFUNCTYPE(ctypes.c_int)(at)())",
    ),
    refused("setuid", "import os; os.setuid(1000)"),
    refused(
        "raise limits", "import resource as r; r.setrlimit(r.RLIMIT_CPU, (99, 99))", error="Error"
    ),
    refused(
        "limits of the parent",
        "import os, resource as r; r.prlimit(os.getppid(), r.RLIMIT_CPU, (1, 1))",
    ),
    refused("niceness", "import os; os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)"),
    refused("outlive the server", CALL + "if libc.prctl(1, 0, 0, 0, 0): raise PermissionError(1)"),
    refused("shared memory segment", CALL + "call(29, 0, 4096, 0o1666)"),
    refused("message queue", CALL + "call(240, b'planted', 0o102, 0o666, None)"),
]

SIGNALS = [
    refused("kill the parent", "import os; os.kill(os.getppid(), 9)"),
    refused("kill the trainer", "import os; os.kill({PARENT}, 9)"),
    refused("kill everyone", "import os; os.kill(-1, 9)"),
    refused("kill the group", "import os; os.killpg(0, 9)"),
    refused("kill by thread", CALL + "call(200, os.getppid(), 9)"),
    refused("kill by queue", CALL + "call(129, os.getppid(), 9, None)"),
    refused("kill by pidfd", "import os; os.pidfd_open(os.getppid())"),
    refused("kill itself, to be masked", "import os; os.kill(os.getpid(), 9)"),
    refused(
        "signals by descriptor",
        "import fcntl, os; r, w = os.pipe(); fcntl.fcntl(r, fcntl.F_SETOWN, os.getppid())",
    ),
    refused("timer with a deadly signal", CALL + "call(222, 0, b'\\0' * 64, b'\\0' * 8)"),
    fails("abort", "import os; os.abort()", error="SIGABRT"),
    fails("alarm", "import signal\nsignal.alarm(1)\nsignal.pause()", error="SIGALRM"),
    limited(
        "stop itself",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
        "wall",
        impatient=True,
    ),
    limited(
        "mask every signal and sleep",
        "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\ntime.sleep(1000)",
        "wall",
        impatient=True,
    ),
]

RESOURCES = [
    limited("ten gigabytes", "x = bytearray(10**10)", "memory"),
    limited("array of ten gigabytes", "import numpy; numpy.ones(10**10)", "memory"),
    limited("list bomb", "x = []\nwhile True: x.append(bytes(10**6))", "memory"),
    limited(
        "memory in a loop of maps",
        "import mmap\nx = []\nwhile True: x.append(mmap.mmap(-1, 1 << 26))",
        "memory",
    ),
    limited(
        "recursive structure",
        "def grow(x): return grow([x] * 10**7)\ngrow(0)",
        "cpu",
        "memory",
    ),
    limited(
        "one huge file", "f = open('x', 'wb')\nwhile True: f.write(bytes(10**6)); f.flush()", "disk"
    ),
    limited(
        "many files",
        "i = 0\nwhile True:\n    open(str(i), 'w').write('x'); i += 1",
        "disk",
    ),
    limited(
        "several big files",
        "import time\nfor i in range(10): open(str(i), 'wb').write(bytes(3 << 20))\ntime.sleep(100)",
        "disk",
    ),
    limited(
        "deleted but open files",
        "import os, time\nf = []\nfor i in range(10):\n"
        "    f.append(open(str(i), 'wb')); f[-1].write(bytes(3 << 20)); f[-1].flush(); os.unlink(str(i))\n"
        "time.sleep(100)",
        "disk",
    ),
    limited(
        "reserved blocks",
        "import os\ni = 0\nwhile True:\n"
        "    os.posix_fallocate(os.open(str(i), os.O_CREAT | os.O_RDWR), 0, 6 << 20); i += 1",
        "disk",
    ),
    limited(
        "files without a name",
        "import os\nwhile True: os.write(os.open('.', os.O_TMPFILE | os.O_RDWR), bytes(6 << 20))",
        "disk",
    ),
    refused(
        "mapped files that are deleted and closed",
        "import mmap, os\nf = os.open('x', os.O_CREAT | os.O_RDWR); os.ftruncate(f, 1 << 20)\n"
        "mmap.mmap(f, 1 << 20)",
        error="No such device",
    ),
    harmless(
        "a large sparse file",
        "import os, time\nf = open('x', 'wb'); f.truncate(8 << 20); time.sleep(0.3); payload = b'x'",
    ),
    harmless(
        "reserved blocks within the limit",
        "import os\nf = open('x', 'wb'); os.posix_fallocate(f.fileno(), 0, 1 << 20)\n"
        "payload = str(os.stat('x').st_size)",
    ),
    limited(
        "deep folders",
        "import os\nwhile True: os.mkdir('d'); os.chdir('d')",
        "disk",
    ),
    harmless(
        "unreadable folders",
        "import os\nos.mkdir('a'); os.mkdir('a/b'); open('a/b/c', 'w').write('x')\n"
        "os.umask(0o777); os.mkdir('z'); payload = b'x'",
    ),
    limited("flood stdout", "while True: print('x' * 65536)", "output"),
    limited(
        "flood stderr", "import sys\nwhile True: print('x' * 65536, file=sys.stderr)", "output"
    ),
    limited("binary flood", "import os\nwhile True: os.write(1, os.urandom(65536))", "output"),
    limited("flood and leave", "print('x' * (2 << 20)); payload = b'x'", "output"),
    harmless(
        "binary output", "import os\nos.write(1, bytes(range(256)))\npayload = b'x'", printed="ABC"
    ),
    limited("endless loop", "while True: pass", "cpu"),
    limited(
        "endless loop that ignores signals",
        "import signal\nfor s in range(1, 65):\n"
        "    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "while True: pass",
        "cpu",
    ),
    limited(
        "endless loop that catches everything",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "cpu",
    ),
    limited("sleep", "import time; time.sleep(1000)", "wall", impatient=True),
    limited(
        "deadlock",
        "import threading; l = threading.Lock(); l.acquire(); l.acquire()",
        "wall",
        impatient=True,
    ),
    limited("wait on a pipe", "import os; r, w = os.pipe(); os.read(r, 1)", "wall", impatient=True),
    limited("regular expression bomb", "import re; re.match('(a*)*b', 'a' * 40)", "cpu"),
    limited("big integer", "x = 3\nwhile True: x *= x", "cpu", "memory"),
    limited(
        "busy threads",
        "from concurrent.futures import ThreadPoolExecutor as T\n"
        "with T(4) as t: list(t.map(eval, ['[0 for _ in iter(int, 1)]'] * 4))",
        "cpu",
        "memory",
    ),
    limited("payload too large", "payload = bytes(5 << 20)", "payload"),
    limited("program too long", "# " + "x" * (1 << 20), "source"),
    fails("recursion", "def f(): f()\nf()", error="RecursionError"),
    fails(
        "stack overflow in C",
        "import ctypes\n@ctypes.CFUNCTYPE(ctypes.c_int)\ndef f(): return f()\n"
        "import sys; sys.setrecursionlimit(10**9); f()",
        error="SIGSEGV",
    ),
    fails("segmentation fault", "import ctypes; ctypes.string_at(0)", error="SIGSEGV"),
]

FORGED = [
    tampers(
        "garbage on every descriptor",
        'import os\nfor fd in range(3, 64):\n    try: os.write(fd, b\'{"status": "ok"}\')\n    except OSError: pass\nos._exit(0)',
        error="result pipe",
    ),
    tampers("garbage, then a real result", "import os; os.write(3, b'x'); payload = b'x'"),
    tampers(
        "two frames",
        "import os\nfrom vsdpo_jax.sandbox import protocol as p\n"
        "frame = p.encode_frame(p.Frame(status='ok', payload=b'forged')) + b'forged'\n"
        "os.write(3, frame + frame); os._exit(0)",
    ),
    tampers(
        "an announced size that is too large",
        "import os, struct\nos.write(3, struct.pack('<8sBBIQ', b'vsdpofrm', 0, 0, 0, 1 << 60)); os._exit(0)",
    ),
    tampers(
        "a frame cut short",
        "import os, struct\nos.write(3, struct.pack('<8sBBIQ', b'vsdpofrm', 0, 0, 0, 100) + b'x'); os._exit(0)",
    ),
    tampers(
        "a claim that the machine failed",
        "import os, struct\nos.write(3, struct.pack('<8sBBIQ', b'vsdpofrm', 5, 0, 0, 0)); os._exit(0)",
    ),
    tampers(
        "a limit that is none",
        "import os, struct\nos.write(3, struct.pack('<8sBBIQ', b'vsdpofrm', 3, 0, 0, 0)); os._exit(0)",
    ),
    tampers("endless result", "import os\nwhile True: os.write(3, bytes(1 << 20))"),
    fails("leave early", "import os; os._exit(0)", error="ended its own process"),
    fails("leave early with a code", "import os; os._exit(7)", error="exit code 7"),
    fails(
        "close every descriptor", "import os; os.closerange(0, 256)", error="ended its own process"
    ),
    fails(
        "an exception that claims a failed machine",
        "class Broken(Exception):\n    sandbox_status = 'infra'\n    sandbox_limit = 'unheard'\nraise Broken('x')",
        error="Broken: x",
    ),
]

EDGES = [
    limited(
        "exception of a recorder's own limit",
        "class TooLarge(Exception):\n    sandbox_limit = 'canvas'\nraise TooLarge('x')",
        "canvas",
    ),
    tampers(
        "exception of a recorder's tripwire",
        "class Caught(Exception):\n    sandbox_status = 'tamper'\nraise Caught('replaced')",
        error="replaced",
    ),
    limited("an error of the kernel for lack of memory", "raise OSError(12, 'x')", "memory"),
    harmless("plain", "payload = 'hello'"),
    harmless("hello", "print('hello world'); payload = b'x'", printed="hello world"),
    harmless("unflushed output", "import sys; sys.stdout.write('no newline'); payload = b'x'", printed="no newline"),
    harmless("exit 0", "payload = b'x'\nimport sys; sys.exit(0)"),
    harmless("exit without code", "payload = b'x'\nraise SystemExit"),
    fails("exit 3", "import sys; sys.exit(3)", error="SystemExit: 3"),
    fails("exit with a text", "import sys; sys.exit('bad')", error="SystemExit: 'bad'"),
    fails("input", "input('name? ')", error="EOFError"),
    fails("keyboard interrupt", "raise KeyboardInterrupt", error="KeyboardInterrupt"),
    fails("syntax error", "x = = 1", error="SyntaxError"),
    fails("indentation", "if True:\nx", error="IndentationError"),
    fails("runtime error", "def f(x):\n    return 1 / x\nf(0)", error='File "<student>", line 2, in f'),
    fails("error that cannot be printed", "class E(Exception):\n    def __str__(self): raise SystemExit(0)\nraise E", error="E: <exception str() failed>"),
    fails("endless error text", "raise ValueError('x' * 10**7)", error="ValueError: xxx"),
    fails("null byte", "x = 1\0", error="null byte"),
    fails("binary program", bytes(range(256)).decode("latin-1"), error="Error"),
    fails("lone surrogate", "x = '\ud800'", error="not text"),
    Attack(name="empty program", source="", status="no_artifact"),
    Attack(name="comment only", source="# nothing", status="no_artifact"),
    Attack(name="wrong encoding cookie", source="# -*- coding: ascii -*-\npayload = 'é'", status="ok"),
    Attack(name="unicode names", source="größe = 'ü'\npayload = größe", status="ok"),
    harmless("atexit hooks do not run", "import atexit, os\natexit.register(lambda: os.write(3, b'x'))\npayload = b'x'"),
    harmless("lingering thread", "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()\npayload = b'x'"),
    harmless("thread pool", "from concurrent.futures import ThreadPoolExecutor as T\nwith T(4) as t: payload = str(sum(t.map(abs, range(9))))"),
    harmless("own files", "open('a.txt', 'w').write('x'); import os; os.mkdir('d'); os.rename('a.txt', 'd/b.txt'); payload = open('d/b.txt').read()"),
    harmless("temporary files", "import tempfile\nwith tempfile.TemporaryDirectory() as d:\n    open(d + '/x', 'w').write('x'); payload = open(d + '/x').read()"),
    harmless("lazy imports", "import sqlite3, decimal, xml.dom.minidom, email, wave; payload = b'x'"),
    harmless("closed output", "import sys; sys.stdout.close(); sys.stderr.close(); payload = b'x'"),
    harmless("long output is cut", "print('begin'); print('x' * 100000); print('finish'); payload = b'x'", printed="bytes left out"),
    fails("payload of the wrong type", "payload = 12", error="TypeError"),
]  # fmt: skip

ALL = [*FILES, *SECRETS, *NETWORK, *PROCESSES, *SIGNALS, *RESOURCES, *FORGED, *EDGES]
