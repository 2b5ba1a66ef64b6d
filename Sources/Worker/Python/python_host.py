"""Runs Python scripts, each in a process that is forked from this one, which has imported what they need before.

Reads one JSON object a line from standard input: {"number", "folder", "environment", "memory"}. For each it writes
{"number", "process"} when its process has begun, and {"number", "status"} when it has ended. In the folder lie script.py and
arguments.json; the process writes log.txt and, at its end, result.json: {"result": …} or {"error": {"name", "message", "stack"}}.

When standard input ends, all that runs is killed.
"""

import datetime
import decimal
import json
import math
import os
import resource
import select
import signal
import sys
import traceback
import uuid

try:  # what most scripts import first, and what takes longest
    import wmill  # noqa: F401
except ImportError:
    pass


def encoded(value):
    """A result as JSON has it; what it has no word for becomes text, as in results of SQL."""
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return list(bytes(value))
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    for name in ("to_dicts", "to_pylist", "tolist"):  # Polars, Arrow, NumPy
        if hasattr(value, name):
            return getattr(value, name)()
    if hasattr(value, "to_dict"):  # pandas
        try:
            return value.to_dict(orient="records")
        except TypeError:
            return value.to_dict()
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return str(value)


def plain(value):
    """Without what JSON does not have: NaN and the infinities become null; keys become text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (str, int, bool)):
        return value
    return plain(encoded(value))


def write(folder, value):
    text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False)
    path = os.path.join(folder, "result.json")
    with open(path + ".part", "w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(text)
    os.rename(path + ".part", path)


def run(folder):
    """In the new process: runs the script's `main`, or the whole script when it has none."""
    path = os.path.join(folder, "script.py")
    with open(path, encoding="utf-8") as file:
        source = file.read()
    with open(os.path.join(folder, "arguments.json"), encoding="utf-8") as file:
        arguments = json.load(file)
    # As a module of that name, so that pickles and dataclasses find their classes.
    module = type(sys)("script")
    module.__file__ = path
    sys.modules["script"] = module
    sys.path.insert(0, folder)
    sys.argv = [path]
    try:
        exec(compile(source, path, "exec"), module.__dict__)
        main = module.__dict__.get(os.environ.get("MAIN_OVERRIDE") or "main")
        write(folder, {"result": main(**arguments) if main else None})
        return 0
    except BaseException as error:  # SystemExit and KeyboardInterrupt are failures of a script, too
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename != __file__ and not frame.filename.startswith("<")]
        stack = "".join(traceback.format_list(own))
        if isinstance(error, SyntaxError):
            stack = "".join(traceback.format_exception_only(type(error), error))
        write(folder, {"error": {"name": type(error).__name__, "message": str(error), "stack": stack}})
        return 1


def begin(call):
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        os.setsid()
        os.chdir(call["folder"])
        log = os.open("log.txt", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.closerange(3, 1024)
        os.environ.clear()
        os.environ.update(call["environment"])
        resource.setrlimit(resource.RLIMIT_AS, (call["memory"], call["memory"]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        status = run(call["folder"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


def say(message):
    os.write(1, (json.dumps(message) + "\n").encode())


def serve():
    os.closerange(3, 1024)
    awake, waker = os.pipe()
    for end in (awake, waker):
        os.set_blocking(end, False)
    # Whoever started this may have kept signals back, and that would be passed on.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running = {}
    rest = b""
    while True:
        ready = select.select([0, awake], [], [])[0]
        if awake in ready:
            os.read(awake, 4096)
            while True:
                try:
                    process, status = os.waitpid(-1, os.WNOHANG)
                except ChildProcessError:
                    break
                if not process:
                    break
                say({"number": running.pop(process), "status": os.waitstatus_to_exitcode(status)})
        if 0 in ready:
            piece = os.read(0, 65536)
            if not piece:
                for process in running:
                    try:
                        os.killpg(process, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
                return
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                call = json.loads(line)
                process = begin(call)
                running[process] = call["number"]
                say({"number": call["number"], "process": process})


serve()
