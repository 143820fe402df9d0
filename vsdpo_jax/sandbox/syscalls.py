"""Which system calls a drawing program may make, by name and number.

An allow list: what is not named here is refused with EPERM, so a call that a newer kernel adds is
refused until somebody has thought about it. Numbers are the kernel's (asm/unistd_64.h for x86-64,
asm-generic/unistd.h for aarch64; "-" where an architecture lacks the call).

Not on the list on purpose: sockets of every family (Landlock covers TCP only), everything that
starts a process (clone with CLONE_THREAD is let through by the filter), chmod, chown, utime, xattr
and truncate by path (Landlock never sees them, or only from ABI 3 on), links and device nodes,
setrlimit, shared memory that outlives its maker, and memory that no limit counts (memfd).

Standard library only: this file runs inside the fork server.
"""

from __future__ import annotations

# Harmless, or bounded by Landlock (files) and rlimits (memory, files, CPU).
_ALLOWED = """
    read:0:63 write:1:64 open:2:- close:3:57 stat:4:- fstat:5:80 lstat:6:- poll:7:- lseek:8:62
    mprotect:10:226 munmap:11:215 brk:12:214 rt_sigaction:13:134
    rt_sigprocmask:14:135 rt_sigreturn:15:139 pread64:17:67 pwrite64:18:68 readv:19:65
    writev:20:66 access:21:- pipe:22:- select:23:- sched_yield:24:124 mremap:25:216
    msync:26:227 mincore:27:232 madvise:28:233 dup:32:23 dup2:33:- dup3:292:24 pause:34:-
    nanosleep:35:101 getitimer:36:102 setitimer:38:103 alarm:37:- getpid:39:172 sendfile:40:71
    exit:60:93 uname:63:160 flock:73:32 fsync:74:82 fdatasync:75:83 ftruncate:77:46
    getdents:78:- getdents64:217:61 getcwd:79:17 chdir:80:49 fchdir:81:50 rename:82:-
    renameat:264:38 renameat2:316:276 mkdir:83:- mkdirat:258:34 rmdir:84:- creat:85:-
    unlink:87:- unlinkat:263:35 readlink:89:- readlinkat:267:78 gettimeofday:96:169
    getrlimit:97:163 getrusage:98:165 sysinfo:99:179 times:100:153 getuid:102:174
    getgid:104:176 geteuid:107:175 getegid:108:177 getppid:110:173 getpgrp:111:-
    getpgid:121:155 getsid:124:156 getgroups:115:158 getresuid:118:148 getresgid:120:150
    rt_sigpending:127:136 rt_sigtimedwait:128:137 rt_sigsuspend:130:133 sigaltstack:131:132
    statfs:137:43 fstatfs:138:44 gettid:186:178 readahead:187:213 time:201:- futex:202:98
    sched_getaffinity:204:123 sched_get_priority_max:146:125 sched_get_priority_min:147:126
    getpriority:140:141 set_tid_address:218:96 fadvise64:221:223 clock_gettime:228:113
    clock_getres:229:114 clock_nanosleep:230:115 exit_group:231:94 epoll_create1:291:20
    epoll_create:213:- epoll_wait:232:- epoll_pwait:281:22 epoll_ctl:233:21 openat:257:56
    newfstatat:262:79 faccessat:269:48 faccessat2:439:439 pselect6:270:72 ppoll:271:73
    set_robust_list:273:99 eventfd2:290:19 pipe2:293:59 preadv:295:69
    pwritev:296:70 getrandom:318:278 statx:332:291 rseq:334:293 copy_file_range:326:285
    membarrier:324:283 restart_syscall:219:128 getcpu:309:168 umask:95:166 wait4:61:260
    waitid:247:95 close_range:436:436
"""

# No drawing program has an honest use for these: the process is killed with SIGSYS.
_FATAL = """
    ptrace:101:117 process_vm_readv:310:270 process_vm_writev:311:271 unshare:272:97
    setns:308:268 mount:165:40 umount2:166:39 pivot_root:155:41 chroot:161:51
    io_uring_setup:425:425 io_uring_enter:426:426 io_uring_register:427:427 bpf:321:280
    perf_event_open:298:241 userfaultfd:323:282 keyctl:250:219 add_key:248:217
    request_key:249:218 init_module:175:105 finit_module:313:273 delete_module:176:106
    kexec_load:246:104 reboot:169:142 swapon:167:224 swapoff:168:225 open_by_handle_at:304:265
    name_to_handle_at:303:264 fsopen:430:430 move_mount:429:429 open_tree:428:428
    fsconfig:431:431 fsmount:432:432 fspick:433:433 mount_setattr:442:442 pidfd_getfd:438:438
    process_madvise:440:440 iopl:172:- ioperm:173:- modify_ldt:154:- kcmp:312:272
    seccomp:317:277 quotactl:179:60 syslog:103:116 acct:163:89 settimeofday:164:170
    clock_settime:227:112 clock_adjtime:305:266 adjtimex:159:171 sethostname:170:161
    setdomainname:171:162 fanotify_init:300:262 lookup_dcookie:212:18 vhangup:153:58
"""

# Allowed for some arguments only; see filters.py.
_CONDITIONAL = """
    ioctl:16:29 fcntl:72:25 prctl:157:167 clone:56:220 clone3:435:435 kill:62:129
    tgkill:234:131 prlimit64:302:261 mmap:9:222 fallocate:285:47
"""

ARCHITECTURES = {"x86_64": 0, "aarch64": 1}
"""Machine name (``os.uname().machine``) -> column of the tables."""


def _numbers(table: str, column: int) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for entry in table.split():
        name, *columns = entry.split(":")
        if columns[column] != "-":
            numbers[name] = int(columns[column])
    return numbers


def allowed(machine: str) -> dict[str, int]:
    """Calls that pass whatever their arguments. ``machine`` is a key of ARCHITECTURES."""
    return _numbers(_ALLOWED, ARCHITECTURES[machine])


def fatal(machine: str) -> dict[str, int]:
    """Calls that kill the process."""
    return _numbers(_FATAL, ARCHITECTURES[machine])


def conditional(machine: str) -> dict[str, int]:
    """Calls that the filter decides by their arguments."""
    return _numbers(_CONDITIONAL, ARCHITECTURES[machine])
