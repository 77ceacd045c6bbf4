"""asv's door: the benchmarks of a workload, and what each reads from a session."""

import math
from pathlib import Path
from typing import Any

import pytest

from batchmark.asv_suite import choose_suites, measure, tracks
from batchmark.errors import BatchmarkError
from batchmark.measurement.reference import KINDS, PYTHON_LOOP
from batchmark.records import Cell, CellRecord, Status
from batchmark.studies.release_session import ReleaseSession, Tracked
from batchmark.timeline import settings
from batchmark.timeline.releases import read_releases
from batchmark.timeline.repository import build_repository
from batchmark.timeline.series import METRICS
from stand_in_releases import PackageIndex, write_list

TRACKED = Tracked("blobs", batch_sizes="16,31..33+1,64,full", loops=("fit",), turns=2, version=7)
SIZES = (16, 31, 32, 33, 64, 500)
ROOT = Path(__file__).parents[1]


@tracks(TRACKED)
class Blobs:
    pass


def _record(size: int, **changes: Any) -> CellRecord:
    steps = -(-500 // size)
    seconds = [(0.001 * steps + 0.01) * (0.9 if size == 32 else 1.0) * turn for turn in (1.0, 2.0)]
    known: dict[str, Any] = {
        "cell": Cell("blobs", size, "fit"),
        "workload_version": 1,
        "compilation": "fit",
        "examples": 500,
        "steps_per_epoch": steps,
        "first_epoch_seconds": 3.0,
        "seconds_per_round": tuple((each,) for each in seconds),
        "learning_rate": 0.01,
        "seed": 1,
        "peak_host_bytes": 700 if size == 500 else None,
    }
    return CellRecord(**{**known, **changes})


SESSION = ReleaseSession(
    number=3,
    records=tuple(_record(size) for size in SIZES),
    reference_seconds=dict.fromkeys(KINDS, (0.005, 0.006)),
    quality_losses={32: (0.1, math.nan, 0.2)},
)


def _samples(method: str, *parameters: object, session: ReleaseSession = SESSION) -> list[float]:
    answer = getattr(Blobs(), method)(session, *parameters)
    assert answer["number"] == 1
    return list(answer["samples"])


def test_each_series_has_what_asv_wants_to_know_of_it() -> None:
    for metric in METRICS:
        method: Any = getattr(Blobs, metric.method)
        assert (method.unit, method.pretty_name, method.version) == (metric.unit, metric.title, "7")
        assert method.param_names == list(metric.axes)
        assert len(method.params) == len(metric.axes)
    contrast: Any = Blobs.track_power_of_two_contrast  # type: ignore[attr-defined]  # made by the decorator
    assert contrast.params == [["fit"], [32]]
    epoch: Any = Blobs.track_seconds_per_epoch  # type: ignore[attr-defined]
    assert epoch.params == [["fit"], list(SIZES)]


def test_a_cells_series_are_its_turns_in_three_units() -> None:
    assert _samples("track_seconds_per_epoch", "fit", 64) == pytest.approx([0.018, 0.036])
    assert _samples("track_seconds_per_step", "fit", 64) == pytest.approx([0.018 / 8, 0.036 / 8])
    assert _samples("track_seconds_per_example", "fit", 64) == pytest.approx([0.018 / 500, 0.036 / 500])
    assert _samples("track_first_epoch_seconds", "fit", 64) == [3.0]
    assert _samples("track_peak_bytes", "fit", 500) == [700.0]
    assert _samples("track_peak_bytes", "fit", 32) == []
    assert _samples("track_turns", "fit", 64) == [2.0]


def test_the_curve_the_contrast_and_the_machine_have_a_sample_a_turn() -> None:
    overhead = _samples("track_overhead_per_step", "fit")
    assert overhead == pytest.approx([0.001, 0.002], rel=0.1)
    assert _samples("track_cost_per_example", "fit") == pytest.approx([0.01 / 500, 0.02 / 500], rel=0.2)
    contrast = _samples("track_power_of_two_contrast", "fit", 32)
    assert contrast == pytest.approx([0.9, 0.9], rel=0.03)
    assert _samples("track_reference_seconds", PYTHON_LOOP) == [0.005, 0.006]
    assert _samples("track_pass_number") == [3.0]


def test_what_is_no_number_is_no_sample() -> None:
    assert _samples("track_quality_loss", 32) == [0.1, 0.2]


def test_a_cell_that_failed_has_no_sample_and_no_turn() -> None:
    failed = ReleaseSession(records=(_record(64, status=Status.FAILED), _record(16)))
    assert _samples("track_seconds_per_epoch", "fit", 64, session=failed) == []
    assert _samples("track_turns", "fit", 64, session=failed) == [0.0]
    assert _samples("track_turns", "fit", 16, session=failed) == [2.0]
    # Two step counts make no curve.
    assert _samples("track_overhead_per_step", "fit", session=failed) == []
    assert _samples("track_power_of_two_contrast", "fit", 32, session=failed) == []


def test_a_session_without_anything_has_a_pass_and_no_sample() -> None:
    nothing = ReleaseSession(number=2, problems=("Frame 1 could not be installed",))
    for metric in METRICS:
        method: Any = getattr(Blobs, metric.method)
        parameters = [values[0] for values in method.params]
        expected = {"track_pass_number": [2.0], "track_turns": [0.0]}.get(metric.method, [])
        assert _samples(metric.method, *parameters, session=nothing) == expected


def test_a_class_that_is_not_called_as_its_workload_is_refused() -> None:
    with pytest.raises(BatchmarkError, match="a class called Others tracks 'blobs'"):

        @tracks(TRACKED)
        class Others:
            pass


def test_a_release_that_can_not_be_installed_is_a_session_without_samples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    PackageIndex(tmp_path, monkeypatch)
    made = build_repository(read_releases(write_list(tmp_path / "list")), tmp_path / "made")
    surroundings = {
        settings.ENVIRONMENTS: str(tmp_path / "environments"),
        settings.REPOSITORY: str(made.folder),
        settings.COMMIT: made.hashes["v1.1.0"],
        settings.SESSION: "2",
        settings.PROGRESS: str(tmp_path / "told"),
    }
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    session = measure(TRACKED)
    assert session.number == 2
    assert session.records == ()
    (problem,) = session.problems
    assert problem.startswith("its environment could not be made: ")
    assert "problem 1/1 Frame 1.1.0: its environment could not be made" in capsys.readouterr().out
    assert '"phase": "problem"' in (tmp_path / "told").read_text()
    monkeypatch.setenv(settings.COMMIT, "a" * 40)
    (problem,) = measure(TRACKED).problems
    assert "the releases' repository has no such release" in problem


def test_the_repositorys_own_suite_tracks_what_it_says() -> None:
    folder = ROOT / "benchmarks" / "releases"
    assert choose_suites(folder, ()) == ("Blobs", "MnistCnn")
    assert choose_suites(folder, ("mnist-cnn", "mnist-cnn")) == ("MnistCnn",)
    with pytest.raises(BatchmarkError, match="'char-lm' is not tracked; blobs, mnist-cnn are"):
        choose_suites(folder, ("char-lm",))
