"""The main job, for real: TensorFlow in a worker, pytest in a process of its own, signals and all."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from batchmark.files.sweep import read_sweep

_COMMAND = [sys.executable, "-m", "pytest", "--benchmark-only", "--benchmark-json=out.json", "speed"]


def test_a_small_sweep_is_measured_stored_drawn_and_shown_again(project: pytest.Pytester) -> None:
    options = (
        "--batchmark-batch-sizes=31..33+1,full",
        "--batchmark-loop=fit",
        "--batchmark-loop=compiled",
        "--batchmark-turns=6",
    )
    result = project.run(*_COMMAND, *options, "--benchmark-histogram=drawn")
    result.assert_outcomes(passed=8)
    assert result.ret == 0
    stored = read_sweep(project.path / "out.json")
    assert len(stored.records) == 8
    for record in stored.records:
        assert (record.turns, record.status) == (6, "complete")
        assert record.compilation == ("fit" if record.cell.loop == "fit" else record.compilation)
        assert min(record.rounds) > 0
        assert record.first_epoch_seconds > record.seconds_per_epoch
    facts = json.loads((project.path / "out.json").read_text())["machine_info"]["batchmark"]
    assert facts["tensorflow"]
    assert facts["device_name"]
    assert facts["load_at_start"] is not None
    assert list(project.path.glob("drawn*.svg"))
    shown = project.run(sys.executable, "-m", "batchmark.doors.command_line", "show", "out.json")
    assert shown.ret == 0
    for line in ("*blobs, loop fit*", "*blobs, loop compiled*"):
        result.stdout.fnmatch_lines([line])
        shown.stdout.fnmatch_lines([line])


def test_ctrl_c_in_mid_sweep_keeps_what_was_measured_and_leaves_no_process(project: pytest.Pytester) -> None:
    options = (
        "--batchmark-batch-sizes=100,full",
        "--batchmark-loop=compiled:graph",
        "--batchmark-turns=1000000",
        "--batchmark-budget=600",
    )
    output = project.path / "output.txt"
    with output.open("w") as stream, _heeding_ctrl_c():
        running = subprocess.Popen(
            [*_COMMAND, *options], stdout=stream, stderr=subprocess.STDOUT, cwd=project.path, start_new_session=True
        )
    try:
        _wait_for_rounds(project.path / "out.json.journal", output, running)
        # As the terminal does it: to the whole group, the worker included.
        os.killpg(running.pid, signal.SIGINT)
        assert running.wait(60) == 2
    finally:
        running.kill()
    text = output.read_text()
    assert "Not finished: interrupted by Ctrl-C" in text
    assert "2 passed" in text
    stored = read_sweep(project.path / "out.json")
    assert stored.stopped == "interrupted by Ctrl-C"
    assert all(record.rounds for record in stored.records)
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)


@contextmanager
def _heeding_ctrl_c() -> Iterator[None]:
    """Start processes that heed Ctrl-C also where these tests run in the background, which makes a shell ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _wait_for_rounds(journal: Path, output: Path, running: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 300
    while not (journal.exists() and '"visit"' in journal.read_text()):
        assert running.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.2)
    # Past the first turn: a turn of these two cells takes some milliseconds.
    time.sleep(1)
