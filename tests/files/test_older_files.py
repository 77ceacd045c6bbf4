"""What earlier versions wrote is read as they meant it: `tests/data/stored/` holds files that they themselves wrote."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from batchmark.comparison import ComparedCell, Comparison, Environments, Policy, Verdict
from batchmark.errors import StoredFileError
from batchmark.files.calibration import CALIBRATION, CalibratedCell, Calibration, read_calibration
from batchmark.files.comparison import COMPARISON, read_comparison
from batchmark.files.journal.reading import read_any_sweep
from batchmark.files.sweep import read_sweep, to_extra_info
from batchmark.proofs import Outcome, Proof
from batchmark.records import Cell, CellRecord, Status
from batchmark.studies.live.trace import TRACE
from batchmark.studies.releases.session import ReleaseSession
from batchmark.studies.releases.session_file import SESSION, read_session
from recorded_restarts import RECORDINGS

STORED = Path(__file__).parents[1] / "data" / "stored"

FIRST = CellRecord(
    Cell("blobs", 32, "compiled"),
    workload_version=1,
    compilation="fit",
    examples=500,
    steps_per_epoch=16,
    first_epoch_seconds=1.25,
    seconds_per_round=((0.25, 0.5), (0.125,)),
    learning_rate=0.01,
    seed=3,
    warnings=("load 3.1",),
    compilation_trial={"graph": 0.5, "xla": math.nan},
)
FAILED = replace(
    FIRST,
    cell=Cell("blobs", 64, "fit"),
    steps_per_epoch=8,
    first_epoch_seconds=math.nan,
    seconds_per_round=(),
    learning_rate=math.nan,
    status=Status.FAILED,
    warnings=("out of memory",),
    compilation_trial={},
)
DIVERGED = replace(
    FAILED,
    cell=Cell("blobs", 128, "fit"),
    steps_per_epoch=4,
    first_epoch_seconds=1.25,
    learning_rate=0.01,
    status=Status.DIVERGED,
    warnings=(),
)
PLACES = ((0, 3), (1,))
WHOLE = replace(
    FIRST,
    places=PLACES,
    tokens_per_example=64,
    waiting_share=0.25,
    peak_host_bytes=1 << 30,
    proof=Proof(Outcome.PROVEN, 5, 1e-7),
)
PROVEN_OTHERWISE = replace(
    FIRST,
    compilation="xla",
    places=PLACES,
    warnings=(),
    compilation_trial={},
    proof=Proof(Outcome.NOT_COMPARABLE, 5, None, "other random numbers"),
)
SESSION_OF_THEN = ReleaseSession(
    1795274000,
    (PROVEN_OTHERWISE, replace(FAILED, compilation="fit", learning_rate=0.01)),
    {"loop": (0.1, 0.2)},
    {32: {5: 0.25, 6: math.nan}},
    {"tensorflow": "2.21.0", "flags": {"XLA_FLAGS": "x"}},
    ("memory: none",),
)
COMPARISON_OF_THEN = Comparison(
    Environments(
        {"tensorflow": "2.20.0", "device_name": "prüfstand", "load_at_start": [0.5, None]},
        {"tensorflow": "2.21.0", "flags": {}},
    ),
    Policy({"seconds_per_epoch": 0.01, "quality": None}, {"blobs": {"peak_bytes": None}}, 0.9),
    (
        ComparedCell(
            *("blobs", "seconds_per_epoch", 32, "fit", 0.04, 0.044, 1.1, (1.08, 1.12), 0.99, 0.01),
            *(Verdict.REGRESSED, 60, 5, 0.02, None, ("load 3.1",)),
        ),
        ComparedCell(
            *("blobs", "cost_per_example", None, "fit", 1e-05, None, None, (None, None), 0.99, None),
            *(Verdict.INCONCLUSIVE, 60, 5, None, "about 12 restarts"),
        ),
        ComparedCell(
            *("blobs", "quality", 32, None, 0.875, 0.87, -0.005, (-0.01, 0.0), 0.99, 0.017),
            *(Verdict.UNCHANGED, 20, 1),
        ),
    ),
    is_live=False,
    warnings=("one restart was lost",),
    stopped="interrupted by Ctrl-C",
    between_runs={"peak_bytes": 0.02},
)
CALIBRATION_OF_THEN = Calibration(
    (
        CalibratedCell("blobs", "seconds_per_epoch", 32, "fit", 0.00003, 0.005, 12, 0.01, None),
        CalibratedCell("blobs", "cost_per_example", None, "fit", 0.00003, 0.0, 12, 0.01, None),
    ),
    {"device": "CPU", "device_name": "prüfstand", "cores": 2, "tensorflow": "2.21.0"},
    budget_seconds=60.0,
    restarts=16,
    confidence=0.95,
    comparisons=2,
    false_alarms=0,
    false_alarm_bound=0.78,
    warnings=("blobs-64-fit: diverged",),
    measured=1795274073.5,
)


@pytest.mark.parametrize(
    ("name", "records", "stopped"),
    [
        ("sweep-without-places", (FIRST, FAILED), None),
        ("sweep-without-proof", (replace(FIRST, places=PLACES), FAILED, DIVERGED), "interrupted by Ctrl-C"),
        ("sweep", (WHOLE, FAILED, DIVERGED), "interrupted by Ctrl-C"),
    ],
)
def test_a_sweep_is_read(name: str, records: tuple[CellRecord, ...], stopped: str | None) -> None:
    found = read_sweep(STORED / f"{name}.json")
    # NaN equals nothing, itself included; its repr does.
    assert repr(found.records) == repr(records)
    assert found.stopped == stopped
    assert found.machine_info == {"node": "here", "batchmark": {"tensorflow": "2.21.0", "device": "CPU", "cores": 2}}
    assert found.datetime == "2026-01-02T03:04:05+00:00"


def test_a_journal_is_read() -> None:
    found = read_any_sweep(STORED / "sweep.json.journal")
    finished = replace(
        FIRST,
        compilation="xla",
        places=PLACES,
        waiting_share=0.25,
        tokens_per_example=64,
        compilation_trial={"xla": 0.5, "graph": math.nan},
    )
    why = "ended by SIGTERM"
    cut_off = replace(FAILED, status=Status.INTERRUPTED, learning_rate=0.01, warnings=(why,))
    assert repr(found.records) == repr((finished, cut_off))
    assert found.stopped == why
    assert found.machine_info == {"node": "prüfstand", "batchmark": {"tensorflow": "2.21.0", "device": "CPU"}}
    assert found.datetime == "2026-01-02T03:04:05+00:00"


def test_a_comparison_is_read() -> None:
    assert read_comparison(STORED / "comparison.json") == COMPARISON_OF_THEN


def test_a_session_is_read() -> None:
    assert repr(read_session(STORED, "session.json")) == repr(SESSION_OF_THEN)


def test_a_calibration_is_read_and_one_of_sides_that_do_not_alternate_is_refused() -> None:
    assert read_calibration(STORED / "calibration-2.json") == CALIBRATION_OF_THEN
    with pytest.raises(StoredFileError, match=r"has schema 1 and this version of batchmark reads 2; .*calibrate again"):
        read_calibration(STORED / "calibration-1.json")


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_a_trace_is_read_as_it_was_recorded(recording: Path) -> None:
    written = json.loads(recording.read_text(encoding="utf-8"))
    trace = TRACE.read(recording)
    assert (trace.cell, trace.facts) == (written["cell"], written["facts"])
    assert TRACE.stored(trace)["seconds_per_visit"] == written["seconds_per_visit"]


def _known_then(stored: Any, then: Any) -> Any:
    """Return `stored` without the keys that were added since `then`."""
    match then:
        case dict():
            return {key: _known_then(value, then[key]) for key, value in stored.items() if key in then}
        case list():
            return [_known_then(*each) for each in zip(stored, then, strict=True)]
        case _:
            return stored


def test_what_is_written_today_has_the_same_keys_and_values() -> None:
    """A program that reads these files finds what it found."""
    sweep = json.loads((STORED / "sweep.json").read_text())
    cells = [each["extra_info"] for each in sweep["benchmarks"]] + sweep["batchmark"]["cells"]
    today = [*map(to_extra_info, read_sweep(STORED / "sweep.json").records)]
    # In the same order, too.
    assert json.dumps(_known_then(today, cells)) == json.dumps(cells)
    comparison = json.loads((STORED / "comparison.json").read_text())
    assert json.dumps(_known_then(COMPARISON.stored(COMPARISON_OF_THEN), comparison)) == json.dumps(comparison)
    session = json.loads((STORED / "session.json").read_text())
    assert _known_then(SESSION.stored(SESSION_OF_THEN), session) == session
    calibration = json.loads((STORED / "calibration-2.json").read_text())
    assert _known_then(CALIBRATION.stored(CALIBRATION_OF_THEN), calibration) == calibration
