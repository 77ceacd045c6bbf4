"""asv's door: the benchmarks of a workload, and what each reads from a session."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from batchmark.doors.asv.suite import (
    Place,
    _keras_on,
    choose_suites,
    description_of,
    install_release,
    measure,
    measure_releases,
    measure_stand_ins,
    tracks,
)
from batchmark.errors import BatchmarkError, MissingPackageError, WorkloadError
from batchmark.measurement.reference import KINDS, PYTHON_LOOP
from batchmark.progress import silent
from batchmark.records import Cell, CellRecord, Status
from batchmark.studies.releases.session import ReleaseSession, Side, Tracked
from batchmark.studies.releases.session_file import write_session
from batchmark.timeline import settings
from batchmark.timeline.releases import read_releases
from batchmark.timeline.repository import build_repository
from batchmark.timeline.series import every_series
from batchmark.workloads import find_workload
from repository import ROOT
from stand_in_releases import PackageIndex, write_list

TRACKED = Tracked("blobs", batch_sizes="16,31..33+1,64,full", loops=("fit",), turns=2, version=7)
SIZES = (16, 31, 32, 33, 64, 500)


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
    pass_started=1_763_731_234,
    records=tuple(_record(size) for size in SIZES),
    reference_seconds=dict.fromkeys(KINDS, (0.005, 0.006)),
    quality_losses={32: {5: 0.1, 6: math.nan, 7: 0.2}},
)


def _samples(method: str, *parameters: object, session: ReleaseSession = SESSION) -> list[float]:
    answer = getattr(Blobs(), method)(session, *parameters)
    assert answer["number"] == 1
    return list(answer["samples"])


def test_each_series_has_what_asv_wants_to_know_of_it() -> None:
    for metric in every_series():
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
    assert _samples("track_pass_started") == [1_763_731_234.0]


def test_what_is_no_number_is_no_sample() -> None:
    assert _samples("track_quality_loss", 32) == [0.1, 0.2]
    assert _samples("track_quality_seed", 32) == [5.0, 7.0]


def test_a_cell_that_failed_has_no_sample_and_no_turn() -> None:
    failed = ReleaseSession(1, records=(_record(64, status=Status.FAILED), _record(16)))
    assert _samples("track_seconds_per_epoch", "fit", 64, session=failed) == []
    assert _samples("track_turns", "fit", 64, session=failed) == [0.0]
    assert _samples("track_turns", "fit", 16, session=failed) == [2.0]
    # Two step counts make no curve.
    assert _samples("track_overhead_per_step", "fit", session=failed) == []
    assert _samples("track_power_of_two_contrast", "fit", 32, session=failed) == []


def test_a_session_without_anything_has_a_pass_and_no_sample() -> None:
    nothing = ReleaseSession(2, problems=("Frame 1 could not be installed",))
    for metric in every_series():
        method: Any = getattr(Blobs, metric.method)
        parameters = [values[0] for values in method.params]
        expected = {"track_pass_started": [2.0], "track_turns": [0.0]}.get(metric.method, [])
        assert _samples(metric.method, *parameters, session=nothing) == expected


def test_a_class_that_is_not_called_as_its_workload_is_refused() -> None:
    with pytest.raises(BatchmarkError, match="a class called Others tracks 'blobs'"):

        @tracks(TRACKED)
        class Others:
            pass


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Place, dict[str, str]]:
    """Where two stand-ins for releases are, neither of which can be installed, and their commits by tag."""
    PackageIndex(tmp_path, monkeypatch)
    made = build_repository(read_releases(write_list(tmp_path / "list")), tmp_path / "made")
    return Place(made.folder, tmp_path / "environments"), dict(made.hashes)


@pytest.mark.parametrize(
    ("lock", "setting"),
    [
        ("keras==3.15.1\njax==0.10.2\njaxlib==0.10.2\n", {"KERAS_BACKEND": "jax"}),
        ("# a lock\nKeras==3.15.1\ntorch==2.13.0\n", {"KERAS_BACKEND": "torch"}),
        ("tensorflow_cpu==2.21.0\nkeras==3.15.1\n", {"KERAS_BACKEND": "tensorflow"}),
        ("keras==3.15.1\n", {}),
    ],
)
def test_what_a_releases_lock_brings_runs_keras(lock: str, setting: dict[str, str]) -> None:
    assert _keras_on(lock) == setting


def test_a_release_that_can_not_be_installed_is_a_session_without_samples(
    place: tuple[Place, dict[str, str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    where, commits = place
    monkeypatch.setenv(settings.ENVIRONMENTS, str(where.environments))
    monkeypatch.setenv(settings.REPOSITORY, str(where.repository))
    monkeypatch.setenv(settings.COMMIT, commits["v1.1.0"])
    session = measure(TRACKED)
    assert session.records == ()
    assert session.pass_started > 1_700_000_000
    (problem,) = session.problems
    assert problem.startswith("its environment could not be made: ")
    assert "problem 1/1 its environment could not be made" in capsys.readouterr().out
    monkeypatch.setenv(settings.COMMIT, "a" * 40)
    (problem,) = measure(TRACKED).problems
    assert "the releases' repository has no such release" in problem


def test_what_was_measured_before_asv_asks_for_it_is_taken_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = replace(SESSION, quality_losses={32: {5: 0.1, 6: 0.2}})
    write_session(session, tmp_path, "b" * 40)
    monkeypatch.setenv(settings.MEASURED, str(tmp_path))
    monkeypatch.setenv(settings.COMMIT, "b" * 40)
    assert measure(TRACKED) == session


def test_releases_that_can_not_be_installed_leave_the_others(
    place: tuple[Place, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    where, commits = place
    asked: list[tuple[list[str], int]] = []

    def start(_place: Place, commit: str) -> Any:
        if commit == commits["v1.0.1"]:
            message = "its environment could not be made: no wheel"
            raise BatchmarkError(message)
        return lambda: None

    def run(_tracked: Tracked, _description: object, sides: Mapping[str, Side], **how: Any) -> Any:
        asked.append(([f"{name} {side.number}" for name, side in sides.items()], how["pass_started"]))
        return dict.fromkeys(sides, SESSION)

    monkeypatch.setattr("batchmark.doors.asv.suite._start_worker", start)
    monkeypatch.setattr("batchmark.doors.asv.suite.run_release_sessions", run)
    numbers = {commits["v1.0.1"]: 1, commits["v1.1.0"]: 3}
    found = measure_releases(where, TRACKED, numbers, pass_started=7, progress=silent)
    assert found[commits["v1.0.1"]] == ReleaseSession(7, problems=("its environment could not be made: no wheel",))
    assert found[commits["v1.1.0"]] is SESSION
    names = {"v1.1.0 (1)": 2, "v1.1.0 (2)": 2}
    stood_in = measure_stand_ins(where, commits["v1.1.0"], TRACKED, names, pass_started=8, progress=silent)
    assert stood_in == dict.fromkeys(names, SESSION)
    assert asked == [(["Frame 1.1.0 3"], 7), (["v1.1.0 (1) 2", "v1.1.0 (2) 2"], 8)]


def test_without_uv_no_release_is_to_blame(
    place: tuple[Place, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    where, commits = place

    def lost() -> str:
        raise FileNotFoundError

    monkeypatch.setattr("uv.find_uv_bin", lost)
    with pytest.raises(MissingPackageError, match="pip install uv"):
        measure_releases(where, TRACKED, {commits["v1.1.0"]: 1}, pass_started=7, progress=silent)
    with pytest.raises(MissingPackageError, match="pip install uv"):
        install_release(where, commits["v1.1.0"])


def test_a_release_that_can_not_be_installed_says_why(place: tuple[Place, dict[str, str]]) -> None:
    where, commits = place
    with pytest.raises(BatchmarkError, match="its environment could not be made"):
        install_release(where, commits["v1.1.0"])


def test_without_git_no_release_is_to_blame_either(
    place: tuple[Place, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, commits = place
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(MissingPackageError, match="git is not installed"):
        measure_releases(where, TRACKED, {commits["v1.1.0"]: 1}, pass_started=7, progress=silent)


def test_a_workload_that_does_not_say_how_many_examples_it_has_can_not_be_tracked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workload = replace(find_workload("blobs"), examples=0)
    monkeypatch.setattr("batchmark.doors.asv.suite.find_workload", lambda _: workload)
    with pytest.raises(WorkloadError, match=r"^mine:MODEL can't be tracked: .*as examples=\.\.\.$"):
        description_of(Tracked("mine:MODEL", batch_sizes="8"))


def test_a_suite_that_tracks_nothing_is_an_error(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(BatchmarkError, match=f"^nothing in {folder} tracks a workload"):
            choose_suites(folder, ())


def test_a_suite_that_can_not_be_read_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "workloads.py").write_text("import os\nos.no_such_thing\n")
    with pytest.raises(BatchmarkError, match=r"workloads\.py:2: the suite can't be read: AttributeError: module 'os'"):
        choose_suites(tmp_path, ())


def test_the_repositorys_own_suite_tracks_what_it_says() -> None:
    folder = ROOT / "benchmarks" / "releases"
    assert list(choose_suites(folder, ())) == ["Blobs", "MnistCnn"]
    (tracked,) = choose_suites(folder, ("mnist-cnn", "mnist-cnn")).values()
    assert tracked.workload == "mnist-cnn"
    assert tracked.sizes(description_of(tracked)) == (32, 63, 64, 65, 128, 256)
    with pytest.raises(BatchmarkError, match="'char-lm' is not tracked; blobs, mnist-cnn are"):
        choose_suites(folder, ("char-lm",))
