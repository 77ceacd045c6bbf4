"""Progress: lines where there is no terminal."""

import time
from io import StringIO

import pytest

from batchmark.report.progress import show_progress


def test_a_line_is_printed_for_each_phase_and_then_only_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 1.0, 16.0, 17.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    stream = StringIO()
    with show_progress(stream) as progress:
        for phase, done in (("first epochs", 0), ("first epochs", 1), ("first epochs", 2), ("turns", 0)):
            progress(phase=phase, done=done, of=4, detail="blobs-32-fit")
    assert stream.getvalue().splitlines() == [
        "batchmark: first epochs   0 % blobs-32-fit",
        "batchmark: first epochs  50 % blobs-32-fit",
        "batchmark: turns   0 % blobs-32-fit",
    ]


def test_a_terminal_gets_a_bar_that_is_gone_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    stream = StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]  # a terminal, as far as rich can tell
    with show_progress(stream) as progress:
        progress(phase="first epochs", done=1, of=4, detail="blobs-32-fit")
        progress(phase="turns", done=1, of=4, detail="blobs-32-fit")
    assert "turns" in stream.getvalue()
    assert "\x1b[" in stream.getvalue()


DETAIL = "resolving tensorflow[and-cuda]==2.20.0 for a_package:warning:"


def test_what_looks_like_markup_is_printed_as_it_is() -> None:
    stream = StringIO()
    with show_progress(stream) as progress:
        progress(phase="making [1/2]", done=0, of=4, detail=DETAIL)
    assert stream.getvalue() == f"batchmark: making [1/2]   0 % {DETAIL}\n"


def test_what_looks_like_markup_is_in_the_bar_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    stream = StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]  # a terminal, as far as rich can tell
    with show_progress(stream) as progress:
        progress(phase="making [1/2]", done=1, of=4, detail=DETAIL)
    assert DETAIL in stream.getvalue()
    assert "making [1/2]" in stream.getvalue()
