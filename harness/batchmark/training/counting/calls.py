"""Python function calls an epoch, by function: counted by the profiler, and so free of the machine's noise."""

import gc
import platform
import re
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

# From there on cProfile sees what all threads call.
_ITS_THREAD_ALONE = sys.version_info < (3, 12)
_BY = "cProfile" if _ITS_THREAD_ALONE else "sys.setprofile"
COUNTED_BY = f"{_BY}, Python {'.'.join(platform.python_version_tuple()[:2])}"
"""Releases of Python differ in what is a call: 3.12 makes none of a comprehension."""

# Epochs of the calls that are held against each other: what lies between two of them is one epoch's.
_CALLS = (1, 2, 3, 4)
_LONG_CALLS = (1, 2, 3)
_LONGEST_CALLS = (1, 2)
# A profiled epoch takes about so many times as long.
_SLOWER = 3.0
_SECONDS = 8.0
# Whether one thread has to wait for another is chance, and no work.
_OF_PYTHON = re.escape(str(Path(threading.__file__).parent))
_WAITING = re.compile(rf"{_OF_PYTHON}[\\/](?:(?:threading|queue)|concurrent[\\/]futures[\\/]\w+)\.py")
_BUILT_IN_WAITING = re.compile(r"\b_(?:thread|queue)\.")
# Where an object lies is another place in every process.
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


@dataclass(frozen=True)
class Function:
    """A function that was called."""

    name: str
    """As in ``Trainer.fit``, or, of one that isn't written in Python, as the profiler has it."""
    file: str | None
    """None for one that isn't written in Python."""
    line: int = 0
    """Where it begins; 0 without a file."""


@dataclass(frozen=True)
class Calls:
    """Calls an epoch."""

    by_epoch: tuple[int, ...]
    """Of all functions, one number for each epoch that was counted."""
    by_function: Mapping[Function, float]
    """Of the mean epoch; what is called as often in a longer run as in a shorter one is left out."""


def count_calls(run: Callable[[int], object], *, epoch_seconds: float) -> Calls:
    """Count the calls of an epoch of `run`, which trains so many epochs, each of which takes about `epoch_seconds`.

    Runs of one epoch, two, three and four: what one has beyond the one before it is an epoch's, and the call's own
    set-up is in none. Of longer epochs there are fewer. The garbage collector waits: when it runs, and finalizers with
    it, is chance. So is whether a thread has to wait for another: locks, queues and pools of threads are left out.

    Raises whatever `run` raises.
    """
    lengths = _lengths(epoch_seconds)
    gc.collect()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        # The profiler's first use, and what a first call of its kind does, are no epoch's.
        _profiled(run, 1)
        found = [_profiled(run, epochs) for epochs in lengths]
    finally:
        if was_enabled:
            gc.enable()
    totals = [sum(each.values()) for each in found]
    epochs, first, last = lengths[-1] - lengths[0], found[0], found[-1]
    return Calls(
        by_epoch=tuple(later - earlier for earlier, later in pairwise(totals)),
        by_function={each: more / epochs for each, count in last.items() if (more := count - first.get(each, 0))},
    )


def _lengths(epoch_seconds: float) -> Sequence[int]:
    for lengths in (_CALLS, _LONG_CALLS):
        if (1 + sum(lengths)) * epoch_seconds * _SLOWER <= _SECONDS:
            return lengths
    return _LONGEST_CALLS


def _profiled(run: Callable[[int], object], epochs: int) -> Mapping[Function, int]:
    """Return how often each function was called by this thread."""
    profiled = by_cprofile if _ITS_THREAD_ALONE else by_setprofile
    calls: dict[Function, int] = defaultdict(int)
    for code, count in profiled(lambda: run(epochs)):
        function = _function_of(code)
        if not _waits(function):
            calls[function] += count
    return calls


Counts = Iterable[tuple[CodeType | str, int]]
"""A function, its name where it isn't written in Python, and how often it was called."""


def by_cprofile(run: Callable[[], object]) -> Counts:
    """Call `run`, and count what is called: from Python 3.12 on by any thread."""
    # Some builds of Python have none, and whoever needs no counts imports this too.
    import cProfile  # noqa: PLC0415

    profile = cProfile.Profile()
    profile.runcall(run)
    return [(entry.code, entry.callcount) for entry in profile.getstats()]


def by_setprofile(run: Callable[[], object]) -> Counts:
    """Call `run`, and count what this thread calls. It takes longer."""
    counts: dict[CodeType | str, int] = defaultdict(int)

    def seen(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            counts[frame.f_code] += 1
        elif event == "c_call":
            counts[_name_of(argument)] += 1

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        run()
    finally:
        sys.setprofile(before)
    return list(counts.items())


def _name_of(built_in: Any) -> str:
    """Return a name as cProfile has it, or about it."""
    name, owner = getattr(built_in, "__name__", "?"), getattr(built_in, "__self__", None)
    if owner is None or isinstance(owner, ModuleType):
        return f"<built-in method {getattr(built_in, '__module__', None) or getattr(owner, '__name__', '?')}.{name}>"
    kind = owner if isinstance(owner, type) else type(owner)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"<method '{name}' of '{module}{kind.__qualname__}' objects>"


def _waits(function: Function) -> bool:
    if function.file is None:
        return _BUILT_IN_WAITING.search(function.name) is not None
    return _WAITING.fullmatch(function.file) is not None


def _function_of(code: CodeType | str) -> Function:
    if isinstance(code, str):
        return Function(_ADDRESS.sub("", code), None)
    return Function(getattr(code, "co_qualname", code.co_name), code.co_filename, code.co_firstlineno)
