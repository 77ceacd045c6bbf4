"""A sampler: every millisecond, what the thread that trains is doing."""

import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import CodeType, FrameType

SeenFrame = tuple[CodeType, int]
"""A function and the line it is at."""
SeenStack = tuple[SeenFrame, ...]
"""The outermost first."""

_SECONDS_BETWEEN = 0.001


@dataclass(frozen=True)
class Samples:
    """What was seen."""

    seen: Sequence[tuple[SeenStack, float]]
    """In order: a stack, and the seconds since the sample before it."""


def sample(run: Callable[[], object], *, clock: Callable[[], float] = time.perf_counter) -> Samples:
    """Call `run`, and return what this thread did meanwhile.

    What holds the interpreter without letting go, as a long call into a library may, is seen at its end.

    Raises whatever `run` raises.
    """
    sampler = _Sampler(threading.get_ident(), clock)
    interval = sys.getswitchinterval()
    # Otherwise a thread that computes in Python keeps the sampler waiting for 5 ms.
    sys.setswitchinterval(min(interval, _SECONDS_BETWEEN / 2))
    sampler.start()
    try:
        run()
    finally:
        sampler.end()
        sys.setswitchinterval(interval)
    return sampler.samples()


class _Sampler(threading.Thread):
    """Looks at another thread's stack."""

    def __init__(self, watched: int, clock: Callable[[], float]) -> None:
        super().__init__(daemon=True, name="batchmark-sampler")
        self._watched = watched
        self._clock = clock
        self._ended = threading.Event()
        self._seen: list[tuple[SeenStack, float]] = []

    def run(self) -> None:
        before = self._clock()
        while not self._ended.wait(_SECONDS_BETWEEN):
            frame = sys._current_frames().get(self._watched)  # noqa: SLF001  the documented way to another thread's stack
            now = self._clock()
            self._seen.append((_stack_of(frame), now - before))
            before = now

    def end(self) -> None:
        self._ended.set()
        self.join()

    def samples(self) -> Samples:
        return Samples(tuple(self._seen))


def _stack_of(frame: FrameType | None) -> SeenStack:
    found = []
    while frame is not None:
        found.append((frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return tuple(reversed(found))
