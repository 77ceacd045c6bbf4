"""Progress: one bar in a terminal, a line a minute in a log, by a clock that stands still until it is told."""

from dataclasses import dataclass
from io import StringIO

import pytest

from batchmark.report.progress import show_progress


@dataclass
class _Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def _terminal(monkeypatch: pytest.MonkeyPatch, *, columns: int = 80) -> StringIO:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]  # a terminal, as far as rich can tell
    return stream


def test_a_log_gets_a_line_at_once_and_then_one_a_minute_with_what_is_left() -> None:
    clock, stream = _Clock(), StringIO()
    with show_progress(stream, clock=clock) as progress:
        for second in range(0, 181, 5):
            clock.now = 1000.0 + second
            progress(phase="turns", done=second, of=600, detail=f"turn {second}")
    assert stream.getvalue().splitlines() == [
        "batchmark: turns   0 % turn 0",
        "batchmark: turns  10 %, 9 min left, turn 60",
        "batchmark: turns  20 %, 8 min left, turn 120",
        "batchmark: turns  30 %, 7 min left, turn 180",
    ]


def test_a_new_phase_waits_for_its_minute_and_counts_from_its_own_beginning() -> None:
    clock, stream = _Clock(), StringIO()
    with show_progress(stream, clock=clock) as progress:
        for second in range(0, 121, 30):
            clock.now = 1000.0 + second
            phase, done = ("first epochs", second) if second < 60 else ("turns", second - 60)
            progress(phase=phase, done=done, of=120, detail="blobs-32-fit")
    assert stream.getvalue().splitlines() == [
        "batchmark: first epochs   0 % blobs-32-fit",
        "batchmark: turns   0 % blobs-32-fit",
        "batchmark: turns  50 %, 1 min left, blobs-32-fit",
    ]


def test_a_phase_that_begins_once_more_counts_from_there() -> None:
    clock, stream = _Clock(), StringIO()
    with show_progress(stream, clock=clock) as progress:
        for second in range(0, 241, 60):
            clock.now = 1000.0 + second
            progress(phase="training", done=(second if second < 120 else second - 120) / 2, of=120, detail="blobs")
    assert stream.getvalue().splitlines() == [
        "batchmark: training   0 % blobs",
        "batchmark: training  25 %, 3 min left, blobs",
        "batchmark: training   0 % blobs",
        "batchmark: training  25 %, 3 min left, blobs",
        "batchmark: training  50 %, 2 min left, blobs",
    ]


def test_a_notice_has_its_line_at_once_and_takes_nobodys() -> None:
    clock, stream = _Clock(), StringIO()
    with show_progress(stream, clock=clock) as progress:
        progress(phase="journal", done=0, of=0, detail="out.json.journal has the rounds as they come")
        progress(phase="start", done=0, of=1, detail="importing TensorFlow")
        progress(phase="journal", done=0, of=0, detail="it is full")
    assert stream.getvalue().splitlines() == [
        "batchmark: journal out.json.journal has the rounds as they come",
        "batchmark: start   0 % importing TensorFlow",
        "batchmark: journal it is full",
    ]


def test_a_terminal_has_one_bar_with_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, stream = _Clock(), _terminal(monkeypatch)
    with show_progress(stream, clock=clock) as progress:
        progress(phase="first epochs", done=1, of=4, detail="blobs-32-fit")
        clock.now += 1
        for done in range(5):
            progress(phase="turns", done=done, of=10, detail="blobs-32-fit")
            clock.now += 30
    # The last that was drawn, before it was taken away.
    frame = stream.getvalue().rpartition("turns")[2]
    assert "40 %" in frame
    assert "0:03:00" in frame
    assert "left  blobs-32-fit" in frame
    drawn = stream.getvalue()
    assert drawn.rindex("first epochs") < drawn.index("turns"), "one bar at a time"


def test_the_bar_is_gone_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = _terminal(monkeypatch)
    with show_progress(stream) as progress:
        progress(phase="turns", done=1, of=4, detail="blobs-32-fit")
    assert stream.getvalue().rstrip("\r").endswith("\x1b[2K")


DETAIL = "resolving tensorflow[and-cuda]==2.20.0 for a_package:warning:"


def test_what_looks_like_markup_is_printed_as_it_is() -> None:
    stream = StringIO()
    with show_progress(stream) as progress:
        progress(phase="making [1/2]", done=0, of=4, detail=DETAIL)
    assert stream.getvalue() == f"batchmark: making [1/2]   0 % {DETAIL}\n"


def test_what_looks_like_markup_is_in_the_bar_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = _terminal(monkeypatch, columns=200)
    with show_progress(stream) as progress:
        progress(phase="making [1/2]", done=1, of=4, detail=DETAIL)
    assert DETAIL in stream.getvalue()
    assert "making [1/2]" in stream.getvalue()
