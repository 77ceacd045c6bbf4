"""What asv stored, read back session by session."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from batchmark.errors import BatchmarkError
from batchmark.timeline import series
from batchmark.timeline.history import Commit, Key, _measurements, machines, read_lines, read_measurements
from batchmark.timeline.releases import read_releases
from batchmark.timeline.repository import build_repository
from stand_in_releases import write_list


class _Results:
    """As asv has them: samples by benchmark, one list for each combination of parameters."""

    def __init__(self, turns: dict[int, list[float]], passes: list[float], **others: Any) -> None:
        sizes = [str(size) for size in turns]
        self._stored: dict[str, tuple[list[list[str]], list[Any]]] = {
            "workloads.Blobs.track_turns": ([["'fit'"], sizes], list(turns.values())),
            "workloads.Blobs.track_pass_started": ([], [passes]),
        }
        for name, (parameters, samples) in others.items():
            self._stored[f"workloads.Blobs.track_{name}"] = (parameters, samples)

    def get_all_result_keys(self) -> Any:
        return self._stored.keys()

    def get_result_params(self, name: str) -> Any:
        return self._stored[name][0]

    def get_result_samples(self, name: str, _parameters: Any) -> Any:
        return self._stored[name][1]


FIT = [["'fit'"]]
CELLS = [["'fit'"], ["16", "32"]]


def _key(metric: str, *parameters: str | int) -> Key:
    return Key("Blobs", metric, parameters)


def test_samples_are_cut_by_each_cells_own_turns() -> None:
    found = _measurements(
        _Results(
            {16: [2, 3], 32: [2, 0]},
            [1, 2],
            seconds_per_epoch=(CELLS, [[1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0]]),
            overhead_per_step=(FIT, [[0.1, 0.2, 0.3, 0.4, 0.5]]),
            first_epoch_seconds=(CELLS, [[8.0, 9.0], [10.0]]),
            reference_seconds=([["'Python loop'"]], [[1.0, 1.0, 2.0, 2.0, 2.0]]),
            quality_loss=([["32"]], [[0.1, 0.2, 0.3]]),
        )
    )
    cell = _key("seconds_per_epoch", "fit", 16)
    assert found.sessions[cell] == ((1.0, 2.0), (3.0, 4.0, 5.0))
    assert found.sessions[_key("seconds_per_epoch", "fit", 32)] == ((6.0, 7.0), ())
    assert found.by_pass(cell) == {1: (1.0, 2.0), 2: (3.0, 4.0, 5.0)}
    assert found.by_pass(_key("seconds_per_epoch", "fit", 32)) == {1: (6.0, 7.0)}
    # The second session's curve was fitted to the cell that is left.
    assert found.sessions[_key("overhead_per_step", "fit")] == ((0.1, 0.2), (0.3, 0.4, 0.5))
    assert found.sessions[_key("first_epoch_seconds", "fit", 32)] == ((10.0,), ())
    assert found.sessions[_key(series.REFERENCE_SECONDS.name, "Python loop")] == ((1.0, 1.0), (2.0, 2.0, 2.0))
    assert found.samples(_key(series.QUALITY_LOSS.name, 32)) == (0.1, 0.2, 0.3)
    assert found.count("Blobs") == 2


def test_a_session_that_measured_nothing_counts_as_a_failure_and_its_pass_is_open() -> None:
    found = _measurements(
        _Results({16: [0, 2, 0, 2]}, [1, 1, 2, 3], seconds_per_epoch=([["'fit'"], ["16"]], [[1.0, 2.0, 3.0, 4.0]]))
    )
    assert found.passes["Blobs"] == (1, 3)
    assert found.failed["Blobs"] == 2
    assert found.by_pass(_key("seconds_per_epoch", "fit", 16)) == {1: (1.0, 2.0), 3: (3.0, 4.0)}


def test_samples_that_do_not_fit_their_turns_are_in_no_pass() -> None:
    found = _measurements(_Results({16: [2, 2]}, [1, 2], seconds_per_epoch=([["'fit'"], ["16"]], [[1.0, 2.0, 3.0]])))
    key = _key("seconds_per_epoch", "fit", 16)
    assert found.samples(key) == (1.0, 2.0, 3.0)
    assert found.by_pass(key) == {}


def test_a_metric_that_came_later_has_the_samples_of_the_sessions_since() -> None:
    faults = _key("page_faults_per_epoch", "fit", 16)
    stored = {"seconds_per_epoch": ([["'fit'"], ["16"]], [[1.0, 2.0, 3.0, 4.0, 5.0]])}
    cells = ([["'fit'"], ["16"]], [[7.0, 8.0, 9.0]])
    found = _measurements(_Results({16: [2, 3]}, [1, 2], **stored, page_faults_per_epoch=cells))
    assert found.by_pass(faults) == {2: (7.0, 8.0, 9.0)}
    assert found.by_pass(_key("seconds_per_epoch", "fit", 16)) == {1: (1.0, 2.0), 2: (3.0, 4.0, 5.0)}
    fewer = _measurements(_Results({16: [2, 3]}, [1, 2], **stored, page_faults_per_epoch=(cells[0], [[7.0]])))
    assert fewer.by_pass(faults) == {}
    before = _measurements(_Results({16: [2, 3]}, [1, 2], **stored))
    assert before.by_pass(faults) == {}


def test_nothing_stored_is_no_session() -> None:
    found = _measurements(_Results({16: [], 32: []}, []))
    assert found.count("Blobs") == 0
    assert found.by_pass(_key("seconds_per_epoch", "fit", 16)) == {}
    assert found.count("MnistCnn") == 0


def test_releases_are_read_from_the_repository_by_branch(tmp_path: Path) -> None:
    made = build_repository(read_releases(write_list(tmp_path / "list")), tmp_path / "made")
    lines = read_lines(made.folder, ("main", "layers", "none"))
    assert list(lines) == ["main", "layers"]
    assert lines["main"] == (
        Commit(made.hashes["v1.0.1"], "v1.0.1", "Frame 1.0.1", "2023-02-01"),
        Commit(made.hashes["v1.1.0"], "v1.1.0", "Frame 1.1.0", "2023-03-01"),
    )


def test_a_missing_repository_says_how_it_is_made(tmp_path: Path) -> None:
    with pytest.raises(BatchmarkError, match=r"no releases' repository at .*; type: batchmark releases build"):
        read_lines(tmp_path / "nowhere", ("main",))


def test_a_folder_that_is_no_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(BatchmarkError, match="can't be read: "):
        read_lines(tmp_path, ("main",))


def test_machines_are_those_that_have_results(tmp_path: Path) -> None:
    assert machines(tmp_path / "nowhere") == ()
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "machine.json").write_text("{}")
    (tmp_path / "c").mkdir()
    assert machines(tmp_path) == ("a", "b")


def test_a_file_cut_short_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    commit = Commit("a" * 40, "v1", "Frame 1", "2023-01-01")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "aaaaaaaa-release-py3.11.json").write_text('{"commit_hash": "aaa')
    (tmp_path / "here" / "bbbbbbbb-release-py3.11.json").write_text("not of a release in the list")
    found, unreadable = read_measurements(tmp_path, "here", [commit])
    assert found == {}
    (line,) = unreadable
    assert "aaaaaaaa-release-py3.11.json can't be read" in line
    assert line.endswith("delete it, and its release is measured again")


@pytest.fixture
def stored(tmp_path: Path) -> Callable[[Callable[[Any], None]], tuple[dict[str, Any], list[str]]]:
    """Read a results file of one release as asv writes it, after somebody changed something in it."""
    commit = Commit("a" * 40, "v1", "Frame 1", "2023-01-01")
    (tmp_path / "here").mkdir()
    whole = {
        "version": 2,
        "commit_hash": "a" * 40,
        "env_name": "release-py3.11",
        "date": 0,
        "params": {"machine": "here"},
        "python": "3.11",
        "requirements": {},
        "env_vars": {},
        "result_columns": ["result", "params", "samples"],
        "results": {
            "workloads.Blobs.track_turns": [[2.0], [["'fit'"], ["32"]], [[2.0]]],
            "workloads.Blobs.track_pass_started": [[7.0], [], [[7.0]]],
            "workloads.Blobs.track_seconds_per_epoch": [[1.5], [["'fit'"], ["32"]], [[1.0, 2.0]]],
        },
        "durations": {},
    }

    def read(change: Callable[[Any], None]) -> tuple[dict[str, Any], list[str]]:
        damaged = json.loads(json.dumps(whole))
        change(damaged)
        (tmp_path / "here" / "aaaaaaaa-release-py3.11.json").write_text(json.dumps(damaged))
        return read_measurements(tmp_path, "here", [commit])

    return read


def test_a_file_as_asv_writes_it_is_read(stored: Any) -> None:
    found, unreadable = stored(lambda _: None)
    assert unreadable == []
    assert found["a" * 40].by_pass(_key("seconds_per_epoch", "fit", 32)) == {7: (1.0, 2.0)}


_EPOCH = "workloads.Blobs.track_seconds_per_epoch"


def _set(place: int, value: object) -> Callable[[Any], None]:
    def change(file: Any) -> None:
        file["results"][_EPOCH][place] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set(1, [["fit"], ["32"]]),
        _set(1, [["'fit"], ["32"]]),
        _set(1, [["'fit'"], [32]]),
        _set(1, None),
        _set(2, [[1.0, "two"]]),
        _set(2, [[1.0, None]]),
        _set(2, [5.0]),
        _set(2, 5.0),
        lambda file: file["results"].update({_EPOCH: 5}),
        lambda file: file.update(results=[]),
        lambda file: file.update(results=None),
        lambda file: file.update(result_columns=None),
        lambda file: file.update(params=[]),
        lambda file: file["results"].update({"workloads.Blobs.track_turns": [[2.0], [["'fit'"], ["32"]], [["x"]]]}),
    ],
)
def test_a_file_that_is_json_and_damaged_is_named_and_can_be_deleted(
    stored: Any, change: Callable[[Any], None]
) -> None:
    found, unreadable = stored(change)
    assert found == {}
    (line,) = unreadable
    assert "aaaaaaaa-release-py3.11.json can't be read (" in line
    assert line.endswith("delete it, and its release is measured again")
    assert "\n" not in line
