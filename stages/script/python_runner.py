"""Runs the code of a script stage. It reads one JSON mapping from standard
input (see payload.ts) and prints lines that begin with the nonce in it, which
only the engine and this file know."""

import io
import json
import os
import re
import sys
from collections.abc import MutableMapping

MAX_DEPTH = 64
MAX_SAFE_INTEGER = 2**53 - 1
FORBIDDEN = {"__proto__", "constructor", "prototype"}
PLAIN_NUMBER = re.compile(r"-?[0-9][0-9.e+-]*\Z")


class StageError(Exception):
    """Fails the stage."""


class StageCancelError(StageError):
    """Settles the stage as cancelled."""


class StageSkipError(StageError):
    """Settles the stage as skipped."""


class Trace:
    """What the reference calls a trace: it prints."""

    def debug(self, message, *_):
        print(f"[DEBUG] {message}")

    def info(self, message, *_):
        print(message)

    def warning(self, message, *_):
        print(message, file=sys.stderr)

    error = exception = warning


class Result:
    """What a script leaves its outputs on."""

    def __init__(self, run_id):
        self.outputs = {}
        self.run_id = run_id

    def gen_trace(self):
        return Trace()

    trace = property(gen_trace)


class Scope(MutableMapping):
    """The names of the script, with a note of which it assigns itself."""

    def __init__(self, names):
        self.names = names
        self.given = dict(names)
        self.assigned = set()

    def __getitem__(self, name):
        return self.names[name]

    def __setitem__(self, name, value):
        self.assigned.add(name)
        self.names[name] = value

    def __delitem__(self, name):
        del self.names[name]

    def __iter__(self):
        return iter(self.names)

    def __len__(self):
        return len(self.names)

    def is_own(self, name):
        """A function may assign a global name without telling the scope."""
        value = self.names[name]
        return name in self.assigned or value is not self.given.get(name, self)


class Channel:
    """The way back to the engine, apart from what the script prints."""

    def __init__(self, nonce, chunk_length):
        self.nonce = nonce
        self.chunk_length = chunk_length
        self.process = os.getpid()
        # The script may close or replace its own.
        self.file = os.fdopen(os.dup(1), "wb")

    def send(self, report):
        if os.getpid() != self.process:
            return  # A fork of the script that came to its end.
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError, AttributeError):
                pass  # Closed by the script.
        text = json.dumps(report)
        step = self.chunk_length
        chunks = [text[at : at + step] for at in range(0, len(text), step)]
        last = len(chunks) - 1
        for index, chunk in enumerate(chunks):
            mark = "." if index == last else "+"
            start = "\n" if index == 0 else ""
            self.file.write(f"{start}{self.nonce}{mark}{chunk}\n".encode())
        self.file.flush()


def decode(value):
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        if "$datetime" in value:
            return decode_time(value["$datetime"])
        if "$number" in value:
            return float(value["$number"])
        if "$mapping" in value:
            value = value["$mapping"]
    return {name: decode(item) for name, item in value.items()}


def decode_time(text):
    import datetime

    if "T" in text:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return datetime.date.fromisoformat(text)


def pasted(text):
    """The reference pastes text into code, so a plain number arrives as one."""
    if not PLAIN_NUMBER.match(text):
        return text
    for read, write in ((int, str), (float, repr)):
        try:
            if write(read(text)) == text:
                return read(text)
        except ValueError:
            pass
    return text


def encode(value, depth=0):
    if value is None or isinstance(value, (bool, str)):
        return value
    if depth > MAX_DEPTH:
        raise ValueError(f"The outputs are nested deeper than {MAX_DEPTH}")
    if isinstance(value, int):
        return int(value) if abs(value) <= MAX_SAFE_INTEGER else str(int(value))
    if isinstance(value, float):
        return encode_float(float(value))
    if isinstance(value, dict):
        return encode_mapping(value.items(), depth)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [encode(item, depth + 1) for item in value]
    return encode_object(value, depth)


def encode_float(value):
    if value == value and value not in (float("inf"), float("-inf")):
        return value
    return {"$number": {"inf": "Infinity", "-inf": "-Infinity"}.get(str(value), "NaN")}


def encode_mapping(items, depth):
    mapping = {}
    for name, item in items:
        if str(name) in FORBIDDEN:
            raise ValueError(f'The outputs have the forbidden name "{name}"')
        mapping[str(name)] = encode(item, depth + 1)
    if len(mapping) == 1 and next(iter(mapping)).startswith("$"):
        return {"$mapping": mapping}
    return mapping


def encode_object(value, depth):
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    kind = type(value)
    if kind.__module__ == "datetime" and hasattr(value, "year"):
        return encode_time(value)
    if callable(value) and hasattr(value, "__name__"):
        return value.__name__
    # Data classes, models, named values and numbers of other libraries.
    if hasattr(value, "__dataclass_fields__"):
        names = value.__dataclass_fields__
        return encode_mapping(((name, getattr(value, name)) for name in names), depth)
    for method in ("model_dump", "tolist"):
        if callable(getattr(value, method, None)):
            return encode(getattr(value, method)(), depth + 1)
    if hasattr(kind, "__members__"):
        return encode(value.value, depth + 1)
    return str(value)


def encode_time(value):
    if not hasattr(value, "hour"):
        return {"$datetime": value.isoformat()}
    offset = value.utcoffset()
    if offset is not None and offset.total_seconds() % 60 != 0:
        return str(value)
    return {"$datetime": value.isoformat(timespec="milliseconds")}


def module_of(name, attribute=None):
    def load():
        module = __import__(name)
        return getattr(module, attribute) if attribute else module

    return load


# What the reference's code sees without importing it (REFERENCE C-190). Loaded
# only for code that names it: these imports would cost more than a start.
AMBIENT = {
    **{
        name: module_of(name)
        for name in ("asyncio", "contextlib", "copy", "inspect", "json", "subprocess", "sys")
    },
    **{name: module_of(name) for name in ("time", "traceback", "uuid")},
    "datetime": module_of("datetime", "datetime"),
    "Path": module_of("pathlib", "Path"),
    "dedent": module_of("textwrap", "dedent"),
    **{name: module_of("typing", name) for name in ("Any", "Optional", "Union")},
    **{name: lambda name=name: name for name in ("SUCCESS", "FAILED", "WAIT", "SKIP", "CANCEL")},
    "Result": lambda: Result,
    "StageError": lambda: StageError,
    "StageCancelError": lambda: StageCancelError,
    "StageSkipError": lambda: StageSkipError,
}


def names_in(code):
    names = set(code.co_names)
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            names |= names_in(constant)
    return names


def namespace_of(code, given, result):
    names = ambient_of(code)
    names.update(decode(given["names"]))
    names["result"] = result
    names.update(decode(given["vars"]))
    for name, source in given["functions"].items():
        function = function_of(source)
        if function is not None:
            names[name] = function
    names.update(values_of(given))
    names["__name__"] = "__main__"
    return names


def ambient_of(code):
    return {name: AMBIENT[name]() for name in names_in(code) & AMBIENT.keys()}


def values_of(source):
    values = {}
    for name, value in source["values"].items():
        is_pasted = name in source["pasted"] and isinstance(value, str)
        values[name] = pasted(value) if is_pasted else decode(value)
    return values


def function_of(source):
    """A function of an earlier script. As in the reference, it sees what the
    engine lets scripts see, and not the names of the script that defined it."""
    import __future__
    import ast

    try:
        body = ast.parse(source["code"]).body
    except SyntaxError:
        return None  # That script is in another language.
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for node in body if isinstance(node, kinds) and node.name == source["name"]]
    if not found:
        return None
    flags = __future__.annotations.compiler_flag
    code = compile(ast.Module(found[-1:], []), "<run>", "exec", flags, dont_inherit=True)
    names = {**ambient_of(code), **values_of(source)}
    try:
        exec(code, names)
    except Exception:
        return None  # A decorator or a default needs a name of that script.
    return names[source["name"]]


def outputs_of(scope, result):
    outputs = {name: scope[name] for name in scope if scope.is_own(name) and is_output(name, scope)}
    if isinstance(result.outputs, dict):
        outputs.update(result.outputs)
    return encode(outputs)


def is_output(name, scope):
    """Not what Python puts there, and no classes and modules (REFERENCE C-192)."""
    is_dunder = name.startswith("__") and name.endswith("__")
    value = scope[name]
    is_definition = isinstance(value, type) or type(value).__name__ == "module"
    return not is_dunder and not is_definition and name != "trace"


def failure_of(error):
    name = type(error).__name__
    outcome = "failed"
    if isinstance(error, StageCancelError):
        outcome = "cancelled"
    elif isinstance(error, StageSkipError):
        outcome = "skipped"
    return {"ok": False, "name": name, "message": str(error), "outcome": outcome}


def show(error, code):
    """The traceback, from the script's own first line on."""
    import linecache
    import traceback

    linecache.cache["<run>"] = (len(code), None, code.splitlines(True), "<run>")
    frame = error.__traceback__
    while frame is not None and frame.tb_frame.f_code.co_filename != "<run>":
        frame = frame.tb_next
    traceback.print_exception(type(error), error, frame)


def run(given, channel):
    result = Result(given["runId"])
    scope = Scope({})
    try:
        code = compile(given["code"], "<run>", "exec", dont_inherit=True)
        scope = Scope(namespace_of(code, given, result))
        exec(code, scope.names, scope)
    except SystemExit as error:
        if error.code not in (None, 0):
            return channel.send(failure_of(error))
    except BaseException as error:  # Whatever it is, it is the script's.
        show(error, given["code"])
        return channel.send(failure_of(error))
    try:
        channel.send({"ok": True, "outputs": outputs_of(scope, result)})
    except Exception as error:
        channel.send(failure_of(error))


def main():
    given = json.loads(sys.stdin.buffer.read())
    sys.stdin = io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
    run(given, Channel(given["nonce"], given["chunkLength"]))


main()
