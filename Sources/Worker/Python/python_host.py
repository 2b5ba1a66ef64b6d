"""Runs Python scripts, each in a process that is forked from this one, which has imported what they need before.

Reads one JSON object a line from standard input: {"number", "folder", "environment", and limits} begins a script, {"cancel"} ends
one by its number. Writes {"modules", "packages"} once, what can be imported, and {"number", "status"} when a script has ended. In the
folder lie script.py and arguments.json; the process writes log.txt and, at its end, result.json: {"result": …} or {"error":
{"name", "message", "stack"}}.

Between this process and a script's stands one that waits for the script and then ends whatever it has left running.

When standard input ends, all that runs is ended.
"""

import base64
import datetime
import decimal
import fcntl
import importlib
import importlib.metadata
import inspect
import json
import math
import os
import select
import shutil
import signal
import sys
import tempfile
import traceback
import typing
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import python_sandbox as sandbox  # noqa: E402

sys.path.pop(0)

# The folder of the packages that scripts have asked for. None of them is imported here, where nothing shuts it in; Python is
# started without them (-S), for some of their files run when it begins.
packages = sys.argv[1] if len(sys.argv) > 1 else None

if not packages:
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


def fitted(main, arguments):
    """Arguments as the types that `main` names: JSON has neither moments nor bytes."""
    try:
        kinds = typing.get_type_hints(main)
    except Exception:  # a name that is not there: the types then say nothing
        return arguments
    for name, kind in kinds.items():
        value = arguments.get(name)
        if not isinstance(value, str):
            continue
        for choice in typing.get_args(kind) or (kind,):
            if choice is datetime.datetime:
                value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
            elif choice in (datetime.date, datetime.time):
                value = choice.fromisoformat(value)
            elif choice is bytes:
                value = base64.b64decode(value)
            elif choice is decimal.Decimal:
                value = decimal.Decimal(value)
            else:
                continue
            arguments[name] = value
            break
    return arguments


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
        result = main(**fitted(main, arguments)) if main else None
        if inspect.iscoroutine(result):
            import asyncio

            result = asyncio.run(result)
        write(folder, {"result": result})
        return 0
    except BaseException as error:  # SystemExit and KeyboardInterrupt are failures of a script, too
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename != __file__ and not frame.filename.startswith("<")]
        stack = "".join(traceback.format_list(own))
        if isinstance(error, SyntaxError):
            stack = "".join(traceback.format_exception_only(type(error), error))
        write(folder, {"error": {"name": type(error).__name__, "message": str(error) or type(error).__name__, "stack": stack}})
        return 1


# Packages that take long to import and look at nothing of a script's environment meanwhile.
SLOW = {"duckdb", "httpx", "numpy", "pandas", "polars", "pyarrow", "pydantic", "requests", "scipy", "sklearn", "sqlalchemy", "wmill"}


# Descriptors of a process that waits for its script: where the call comes from, and its folder, which gets another name with the call.
CALLS, FOLDER = 3, 4


def shut_in(folder, call):
    """Limits this process to a folder, where it prints to, too."""
    os.setsid()
    log = os.open(os.path.join(folder, "log.txt"), os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.close(nothing)
    if packages:
        sys.path.append(packages)
    # Last, so that a package of the same name goes before.
    sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients"))
    readable = [*call["readable"], sys.prefix, sys.base_prefix, *filter(None, sys.path)]
    sandbox.enter(folder, {**call, "readable": readable})
    # Where its call comes from stays.
    os.closerange(CALLS + 1, 1024)
    if packages:
        import site

        sys.prefix = sys.exec_prefix = packages
        sys.executable = os.path.join(packages, "bin", "python")
        sys.path.remove(packages)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        site.addsitedir(os.path.join(packages, "lib", version, "site-packages"))


def script(last):
    """The process of a script, which is there before the script: waits for its call. Does not return.

    With the call of the last script it is shut in a folder at once, and imports what that script has imported.
    """
    status = 1
    try:
        if last:
            shut_in(f"/proc/self/fd/{FOLDER}", last)
            for name in SLOW.intersection(last["imports"]):
                try:
                    importlib.import_module(name)
                except BaseException:  # the script will see it itself
                    pass
        with os.fdopen(CALLS, "rb") as file:
            line = file.readline()
        if not line:
            return
        call = json.loads(line)
        if not last:
            shut_in(call["folder"], call)
        os.chdir(call["folder"])
        os.environ.clear()
        os.environ.update(call["environment"])
        status = run(call["folder"])
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


def watch(process):
    """Waits for the script, ends what it has left running, and ends as it has ended. Does not return."""
    status = os.waitpid(process, 0)[1]
    while left := sandbox.children():
        for child in left:
            os.kill(child, signal.SIGKILL)
        for child in left:
            os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def prepare(last=None):
    """Starts a process that waits for a script, and the one that watches it.

    Returns the latter, where the script is told, and the folder that it is shut in already, when the last script's call is given.
    """
    folder = tempfile.mkdtemp(prefix="ready-", dir=os.path.dirname(last["folder"])) if last else None
    place = os.open(folder, os.O_PATH) if folder else None
    calls, tell = os.pipe()
    # A signal to end it waits until it can be passed on.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    watcher = os.fork()
    if watcher:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        os.close(calls)
        if folder:
            os.close(place)
        return watcher, tell, folder
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        # Above both first, so that neither takes the other's place.
        calls = fcntl.fcntl(calls, fcntl.F_DUPFD, 10)
        if folder:
            os.dup2(fcntl.fcntl(place, fcntl.F_DUPFD, 10), FOLDER)
        os.dup2(calls, CALLS)
        os.closerange((FOLDER if folder else CALLS) + 1, 1024)
        os.setsid()
        sandbox.adopt(signal.SIGTERM)
        process = os.fork()
        if not process:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            script(last)

        def end(*_):
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass

        signal.signal(signal.SIGTERM, end)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        os.closerange(3, 1024)
        watch(process)
    finally:
        os._exit(1)


# How many processes wait for scripts.
READY = 2


def move(source, target):
    """Puts a script's folder in the place of another, which keeps its identity and gets what lies in the first."""
    for name in os.listdir(source):
        if name != "log.txt":
            os.rename(os.path.join(source, name), os.path.join(target, name))
    shutil.rmtree(source)
    os.rename(target, source)


def begin(line, call, ready):
    """Gives a call to a process that waits. Returns the process that watches it."""
    while True:
        watcher, tell, folder = ready.pop(0) if ready else prepare()
        if folder:
            move(call["folder"], folder)
        try:
            with os.fdopen(tell, "wb") as file:
                file.write(line + b"\n")
            return watcher
        except BrokenPipeError:  # it has ended meanwhile
            continue


def say(message):
    os.write(1, (json.dumps(message) + "\n").encode())


def importable():
    """What scripts can import: Python's own modules, and those of packages."""
    return {"modules": sorted(sys.stdlib_module_names), "packages": sorted(importlib.metadata.packages_distributions())}


def serve():
    os.closerange(3, 1024)
    awake, waker = os.pipe()
    for end in (awake, waker):
        os.set_blocking(end, False)
    # Whoever started this may have kept signals back, and that would be passed on.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    say(importable())
    running = {}
    ready = []
    last = None
    rest = b""
    while True:
        heard = select.select([0, awake], [], [])[0]
        if awake in heard:
            os.read(awake, 4096)
            while True:
                try:
                    process, status = os.waitpid(-1, os.WNOHANG)
                except ChildProcessError:
                    break
                if not process:
                    break
                if process in running:
                    say({"number": running.pop(process), "status": os.waitstatus_to_exitcode(status)})
        if 0 in heard:
            piece = os.read(0, 65536)
            if not piece:
                for process in [*running, *(watcher for watcher, *_ in ready)]:
                    os.kill(process, signal.SIGTERM)
                    os.waitpid(process, 0)
                return
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                call = json.loads(line)
                if "cancel" in call:
                    for process, number in running.items():
                        if number == call["cancel"]:
                            os.kill(process, signal.SIGTERM)
                else:
                    running[begin(line, call, ready)] = call["number"]
                    last = call
            while running and len(ready) < READY:
                ready.append(prepare(last))


serve()
