"""How long work tells what it is doing. What is made of it is a door's choice."""

from typing import Protocol


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
