"""How long work tells what it is doing. What is made of it is a door's choice."""

from typing import Protocol

_MINUTE = 60.0
_HOUR = 3600.0


class Progress(Protocol):
    """Told what is being done while it is done."""

    def __call__(self, *, phase: str, done: float, of: float, detail: str) -> None:
        """`done` of `of` units of `phase` are finished; `detail` says what is being done now."""


def silent(*, phase: str, done: float, of: float, detail: str) -> None:
    """Tell nobody."""
    del phase, done, of, detail


def within(progress: Progress, *, phase: str = "", before: str = "", after: str = "") -> Progress:
    """Return a progress that tells what it is told to `progress`, as a part of something larger.

    `phase` goes before each phase; `before` and `after` go around each detail.
    """

    def told(*, phase: str, done: float, of: float, detail: str, larger: str = phase) -> None:
        progress(phase=larger + phase, done=done, of=of, detail=before + detail + after)

    return told


def in_words(seconds: float) -> str:
    """Return about how long that is, as people say it: ``40 s``, ``12 min``, ``2 h 5 min``."""
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    hours, rest = divmod(seconds, _HOUR)
    return f"{hours:.0f} h {rest / _MINUTE:.0f} min"
