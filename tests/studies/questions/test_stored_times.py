"""Times of a stored sweep in place of measured ones: taken as they are, or refused with what to type."""

from dataclasses import replace
from typing import Any

import pytest

from batchmark.errors import BatchmarkError
from batchmark.files.journal.reading import read_any_sweep
from batchmark.files.sweep import StoredSweep
from batchmark.loops import FIT
from batchmark.records import CellRecord, Status
from batchmark.studies.laboratory.parts import Arm, Timing
from batchmark.studies.questions.choosing import judge
from batchmark.studies.questions.stored_times import StoredTimes, nearest, require_same_place, times_in
from choice_asked import COMPILED, choice_design, choice_results, choice_world, chosen
from claim_results_made import made
from questions_asked import DESCRIBED
from repository import ROOT

FACTS: dict[str, object] = {"device": "CPU", "cores": 2, "tensorflow": "2.21.0", "keras": "3.15.1", "python": "3.11.7"}
FACTS |= {"device_name": "AMD EPYC", "intra_op_threads": 0, "inter_op_threads": 0, "flags": {}, "cores_quota": None}
HERE = {**FACTS, "device_name": None, "processor": "AMD  EPYC"}
"""As a worker tells of the same: on a CPU it has no name."""


def _records(*sizes: int) -> tuple[CellRecord, ...]:
    timing = Timing("blobs", sizes, (FIT, COMPILED), 10, backends=("jax",))
    found = made([timing], choice_world()).of_timing(timing)
    return tuple(replace(each, workload_version=DESCRIBED.version) for each in found.records)


def _sweep(*sizes: int, **fields: Any) -> StoredSweep:
    return StoredSweep(**({"records": _records(*sizes), "machine_info": {"batchmark": FACTS}, "datetime": ""} | fields))


def _times(*sizes: int) -> StoredTimes:
    return times_in(_sweep(*sizes), "out.json", DESCRIBED, "tensorflow")


def test_what_a_sweep_holds_is_told_by_loop_and_backend() -> None:
    times = _times(8, 32, 128, 500)
    assert times.sizes == (8, 32, 128, 500)
    assert times.loops == (COMPILED,)
    assert times.backends == ("jax",)
    assert times.cells(FIT, "jax")[8].cell.backend == "jax"


def test_a_choice_by_them_is_the_same_and_asks_for_no_times() -> None:
    times = _times(8, 32, 128, 500)
    design = choice_design(stored=times, loops=(FIT, *times.loops), backends=times.backends)
    results = choice_results(design, choice_world())
    assert all(isinstance(part, Arm) for part in results.obtained)
    found, measured = judge(results, design), chosen()
    assert (found.batch_size, found.learning_rate) == (measured.batch_size, measured.learning_rate)
    assert {gain.way for gain in found.gains} == {COMPILED, "fit@jax", f"{COMPILED}@jax"}


def test_a_size_without_times_leaves_no_recommendation_and_is_named() -> None:
    times = _times(8, 32, 128)
    design = choice_design(stored=times, batch_sizes=(8, 32, 128, 500), loops=(FIT,))
    found = judge(choice_results(design, choice_world()), design)
    assert found.batch_size is None
    assert any("out.json has no epochs of it at 500" in each for each in found.left_out)


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        (_sweep(8, 128), r"no epochs of blobs by fit at batch size 32, the reference; leave --times out"),
        (_sweep(32, records=()), "no epochs of blobs, but of nothing"),
        (_sweep(32, records=tuple(replace(each, workload_version=99) for each in _records(32))), "another version"),
        (_sweep(32, records=tuple(replace(each, examples=600) for each in _records(32))), "or of other data"),
        (
            _sweep(32, records=tuple(replace(each, status=Status.DIVERGED) for each in _records(32))),
            "no epochs of blobs",
        ),
    ],
)
def test_what_tells_nothing_of_the_workload_is_refused(sweep: StoredSweep, message: str) -> None:
    with pytest.raises(BatchmarkError, match=message):
        times_in(sweep, "out.json", DESCRIBED, "tensorflow")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"intra_op_threads": 1}, "another intra op threads"),
        ({"cores_quota": 1.5}, r"another cores quota \(None and here 1.5\)"),
        ({"flags": {"OMP_NUM_THREADS": "1"}}, "another flags"),
        ({"processor": "Intel"}, r"another processor or card \(AMD EPYC and here Intel\)"),
        ({"cores": 8}, r"another cores \(2 and here 8\); leave --times out"),
        ({"device": "GPU", "device_name": "A Card"}, "another device"),
        ({"keras": "3.9.0"}, r"another keras \(3.15.1 and here 3.9.0\)"),
    ],
)
def test_times_of_another_place_are_refused(facts: dict[str, object], message: str) -> None:
    times = _times(32)
    require_same_place(times, HERE)
    require_same_place(times, {key: value for key, value in HERE.items() if key != "python"})
    with pytest.raises(BatchmarkError, match=message):
        require_same_place(times, HERE | facts)


ANSWERED = {
    "processor": "AMD EPYC",
    "memory_bytes": 25276510208,
    "python": "3.11.7",
    "tensorflow": "2.21.0",
    "keras": "3.15.1",
    "keras_backend": "tensorflow",
    "numpy": "2.4.6",
    "device": "CPU",
    "device_count": 1,
    "devices_visible": 1,
    "device_name": None,
    "intra_op_threads": 0,
    "inter_op_threads": 0,
    "flags": {},
    "cores": 2,
    "cores_quota": None,
    "load_at_start": [4.94, 7.08, 7.68],
    "governor": None,
}
"""What `choose` stored of the machine of these sweeps."""


@pytest.mark.parametrize("file", ["default-sweep.json", "backends-blobs.json"])
def test_files_as_they_are_measured_are_of_the_place_that_answers_as_they_are_stored_were_asked_at(file: str) -> None:
    stored = read_any_sweep(ROOT / "docs" / "measured" / file)
    require_same_place(times_in(stored, file, DESCRIBED, "tensorflow"), ANSWERED)


def test_the_nearest_sizes_are_by_their_ratio() -> None:
    assert nearest((1, 10, 50, 100, 500), (8, 32, 128, 512)) == (10, 50, 100, 500)
    assert nearest((32,), (8, 32, 128)) == (32,)
