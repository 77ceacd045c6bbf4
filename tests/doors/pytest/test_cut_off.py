"""Sweeps in real processes that are ended by real signals and time-outs; the worker trains nothing."""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import batchmark
from batchmark.doors.command_line import main
from batchmark.files.journal.reading import WITHOUT_A_WORD, read_any_sweep
from batchmark.files.sweep import StoredSweep, read_sweep
from batchmark.records import Status
from stand_in_session import environment

_SWEEP = ("batchmark.doors.command_line", "sweep", "blobs", "--batch-sizes=31..33+1", "--loop=fit")
_DECLARED = Path(batchmark.__file__).parent / "declared" / "test_epoch.py"
_PYTEST = ("pytest", "--benchmark-only", "--batchmark-batch-sizes=31..33+1", "--batchmark-loop=fit", str(_DECLARED))

Finished = subprocess.CompletedProcess[str]


def _as_in_a_terminal() -> None:
    # Whoever starts us in the background has SIGINT ignored, and children inherit that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _run(
    folder: Path,
    at: str,
    *arguments: str,
    prepare: Callable[[], None] = _as_in_a_terminal,
    stdout: Path | None = None,
) -> Finished:
    with (stdout or folder / "stdout").open("w") as out:
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=folder,
            env=environment(folder, at),
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            preexec_fn=prepare,
        )
    done.stdout = "" if stdout else (folder / "stdout").read_text()
    return done


def _has_ended(sweep: StoredSweep) -> bool:
    facts = sweep.machine_info["batchmark"]
    assert isinstance(facts, dict)
    try:
        os.kill(facts["worker"], 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ("SIGTERM", "ended by SIGTERM"),
        pytest.param("SIGINT", "interrupted by Ctrl-C", marks=pytest.mark.exhaustive),
    ],
)
def test_a_signal_ends_a_sweep_shows_and_stores_what_there_is_and_exits_2(tmp_path: Path, sent: str, why: str) -> None:
    done = _run(tmp_path, f"8:{sent}", *_SWEEP, "--json=out.json")
    assert done.returncode == 2
    assert f"Not finished: {why}. What was measured is above and stored." in done.stdout
    stored = read_sweep(tmp_path / "out.json")
    assert (stored.stopped, sum(len(record.rounds) for record in stored.records)) == (why, 7)
    assert _has_ended(stored)
    assert list(tmp_path.rglob("*.journal")) == []


def test_a_sweep_that_is_killed_leaves_a_journal_that_show_and_gate_can_read(tmp_path: Path) -> None:
    done = _run(tmp_path, "8:SIGKILL", *_SWEEP, "--json=out.json")
    assert done.returncode == -signal.SIGKILL
    journal = tmp_path / "out.json.journal"
    assert f"{journal} has the rounds as they come" in done.stderr
    assert not (tmp_path / "out.json").exists()
    stored = read_any_sweep(journal)
    assert stored.stopped == WITHOUT_A_WORD
    assert sum(len(record.rounds) for record in stored.records) == 7
    assert {record.status for record in stored.records} == {Status.INTERRUPTED}
    shown = CliRunner().invoke(main, ["show", str(journal)])
    assert shown.exit_code == 0
    assert shown.stdout.rstrip().endswith(f"Not finished: {WITHOUT_A_WORD}.")
    missing = CliRunner().invoke(main, ["show", str(tmp_path / "out.json")])
    assert missing.exit_code == 2
    (told,) = missing.stderr.splitlines()
    assert told.startswith(f"batchmark: there is no file {tmp_path}/out.json; {journal} holds what was measured: ")
    assert told.endswith(f"type batchmark show {journal}")
    judged = CliRunner().invoke(main, ["gate", "--baseline", str(journal), "--candidate", str(journal)])
    assert judged.exit_code == 3, "inconclusive, as of any sweep that was interrupted"
    assert f"the baseline's sweep: {WITHOUT_A_WORD}" in " ".join(judged.stdout.split())


def test_a_time_out_that_ends_the_process_leaves_the_journal(tmp_path: Path) -> None:
    options = ("--benchmark-json=out.json", "--timeout=6", "--timeout-method=thread")
    done = _run(tmp_path, "8:HANGS", *_PYTEST, *options)
    assert done.returncode == 1
    assert sum(len(record.rounds) for record in read_any_sweep(tmp_path / "out.json.journal").records) == 7


def test_a_disk_that_fills_up_meanwhile_is_told_and_the_summary_is_printed(tmp_path: Path) -> None:
    def no_file_larger() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (7_000, 7_000))

    done = _run(tmp_path, "", *_SWEEP, "--json=out.json", prepare=no_file_larger)
    assert done.returncode == 2
    assert "out.json could not be written: File too large" in done.stdout + done.stderr
    assert "Fastest: batch size 31" in done.stdout
    (warned,) = [line for line in done.stderr.splitlines() if "warning" in line]
    assert warned.endswith("out.json.journal can't be written any more: File too large")
    assert "Traceback" not in done.stdout + done.stderr
    stored = read_any_sweep(tmp_path / "out.json.journal")
    assert stored.stopped == f"{WITHOUT_A_WORD}; the journal's last line is cut off"
    assert any(record.turns for record in stored.records)


def test_a_full_disk_for_what_is_printed_leaves_a_journal_and_one_line(tmp_path: Path) -> None:
    done = _run(tmp_path, "", *_SWEEP, stdout=Path("/dev/full"))
    assert done.returncode not in (0, -signal.SIGKILL)
    (journal,) = tmp_path.rglob("*.journal")
    assert f"What was measured is in {journal}" in done.stderr
    assert len(read_any_sweep(journal).records[0].rounds) == 12
    assert json.loads(journal.read_bytes().splitlines()[-1]) == {"end": {"stopped": None}}
