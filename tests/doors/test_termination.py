"""SIGTERM as Ctrl-C."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from batchmark.doors.termination import sigterm_as_ctrl_c
from batchmark.errors import Terminated, interruption, why_stopped


@pytest.fixture(autouse=True)
def _nothing_else_changes() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    assert signal.getsignal(signal.SIGTERM) is before


def _send() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_it_is_a_keyboard_interrupt_that_tells_its_own_name() -> None:
    with pytest.raises(KeyboardInterrupt) as ended, sigterm_as_ctrl_c():
        _send()
    assert why_stopped(ended.value) == "ended by SIGTERM"
    assert why_stopped(KeyboardInterrupt()) == "interrupted by Ctrl-C"


@pytest.mark.parametrize("kind", [KeyboardInterrupt, Terminated])
def test_what_a_study_raises_again_is_what_ended_its_measurement(kind: type[KeyboardInterrupt]) -> None:
    assert type(interruption(why_stopped(kind()))) is kind


def test_a_second_one_is_the_systems_again() -> None:
    with sigterm_as_ctrl_c():
        with pytest.raises(Terminated):
            _send()
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_what_was_set_before_is_set_again_whatever_happens() -> None:
    def theirs(*_: Any) -> None:
        got.append("theirs")

    got: list[str] = []
    before = signal.signal(signal.SIGTERM, theirs)
    try:
        with pytest.raises(ZeroDivisionError), sigterm_as_ctrl_c():
            raise ZeroDivisionError
        with pytest.raises(Terminated), sigterm_as_ctrl_c():
            _send()
        _send()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert got == ["theirs"]


def test_one_within_another_leaves_the_outer_one_in_place() -> None:
    with sigterm_as_ctrl_c():
        with pytest.raises(Terminated), sigterm_as_ctrl_c():
            _send()
        with pytest.raises(Terminated):
            _send()


def test_another_thread_takes_no_signals_and_changes_nothing() -> None:
    found = []

    def look() -> None:
        with sigterm_as_ctrl_c():
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGTERM)]


def test_who_had_it_ignored_has_it_ignored() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with sigterm_as_ctrl_c():
            _send()
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_second_one_ends_a_process_that_is_busy_ending() -> None:
    source = """
import os, signal
from batchmark.doors.termination import sigterm_as_ctrl_c
with sigterm_as_ctrl_c():
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
"""
    done = subprocess.run([sys.executable, "-c", source], check=False, capture_output=True)
    assert done.returncode == -signal.SIGTERM
