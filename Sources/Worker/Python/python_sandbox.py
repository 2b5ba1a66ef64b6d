"""What a process of a script gives up before the script begins: files of others, signals to others, privileges, memory.

Each step is taken where the kernel has it; docs/guides/isolation.md says what then holds.
"""

import ctypes
import os
import resource
import struct

_libc = ctypes.CDLL(None, use_errno=True)
# As Landlock's documentation numbers them.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_EXECUTE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 2, 1 << 3
_OF_FILES = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
_NEW_MOUNTS, _PRIVATE = 0x00020000, 1 << 18 | 1 << 14
_NO_NEW_PRIVILEGES, _REAPER, _SIGNAL_OF_PARENTS_END = 38, 36, 1
_CAPSET = {"x86_64": 126, "aarch64": 91}.get(os.uname().machine)

_version = max(0, _libc.syscall(_CREATE_RULESET, None, 0, 1))


def _allow(rules, path, allowed):
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):
        allowed &= _OF_FILES
    _libc.syscall(_ADD_RULE, rules, 1, ctypes.c_char_p(struct.pack("=Qi", allowed, place)), 0)
    os.close(place)


def _limit_files(readable, writable):
    if not _version:
        return
    every = (1 << 13) - 1
    for since, right in ((2, 13), (3, 14), (5, 15)):
        if _version >= since:
            every |= 1 << right
    scopes = 3 if _version >= 6 else 0
    what = struct.pack("=QQQ", every, 0, scopes)[: 24 if _version >= 6 else 16 if _version >= 4 else 8]
    rules = _libc.syscall(_CREATE_RULESET, ctypes.c_char_p(what), len(what), 0)
    if rules < 0:
        raise OSError(ctypes.get_errno(), "the kernel refuses rules for files")
    for path in readable:
        _allow(rules, path, _EXECUTE | _READ_FILE | _READ_FOLDER)
    for path in writable:
        _allow(rules, path, every)
    if _libc.syscall(_RESTRICT_SELF, rules, 0) < 0:
        raise OSError(ctypes.get_errno(), "the kernel refuses rules for files")
    os.close(rules)


def _own_shared_memory():
    """Shared memory that nobody else has: what multiprocessing needs. False where it cannot be had."""
    if _libc.unshare(_NEW_MOUNTS) < 0:
        return False
    if _libc.mount(b"none", b"/", None, _PRIVATE, None) < 0:
        return False
    return _libc.mount(b"tmpfs", b"/dev/shm", b"tmpfs", 6, b"size=1g,mode=1777") == 0


def _drop_privileges():
    _libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if _CAPSET:
        head, none = struct.pack("=Ii", 0x20080522, 0), bytes(24)
        _libc.syscall(_CAPSET, ctypes.c_char_p(head), ctypes.c_char_p(none))


def enter(folder, call):
    """Limits this process to what a script may do."""
    writable = call["writable"] + [folder]
    # What the script needs would be hidden where it lies in the machine's own.
    needed = writable + call["readable"]
    if not any(os.path.realpath(path).startswith("/dev/shm") for path in needed) and _own_shared_memory():
        writable.append("/dev/shm")
    for kind, most in (
        (resource.RLIMIT_DATA, call["memory"]),
        (resource.RLIMIT_FSIZE, call["file_size"]),
        (resource.RLIMIT_CPU, call["processor_seconds"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    _drop_privileges()
    _limit_files(call["readable"], writable)


def adopt(signal):
    """From now on, processes below this one that lose their parent become its own children; and it gets a signal when its own
    parent ends."""
    _libc.prctl(_REAPER, 1, 0, 0, 0)
    _libc.prctl(_SIGNAL_OF_PARENTS_END, signal, 0, 0, 0)


def children():
    """The numbers of this process's children."""
    with open("/proc/thread-self/children") as file:
        return [int(number) for number in file.read().split()]
