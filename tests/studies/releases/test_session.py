"""Sessions with releases that take turns: the sweep, the machine's speed beside it, quality and memory."""

from collections.abc import Callable, Mapping
from typing import Any, Self

import pytest

from batchmark.errors import MissingPackageError, TrainingError, WorkerSilentError
from batchmark.measurement.protocol import Burst, Opened, Probed
from batchmark.measurement.reference import KINDS
from batchmark.progress import silent
from batchmark.proofs import Outcome, Proof
from batchmark.records import Status
from batchmark.studies.releases.session import ReleaseSession, Side, Tracked, run_release_sessions
from batchmark.workloads import Description
from synthetic import trainings_of

TRACKED = Tracked("mine", batch_sizes="8,16,32,full", loops=("fit", "compiled:graph"), turns=3, seeds=2)
DESCRIPTION = Description(name="mine", examples=100, reference_batch_size=32, quality_metric="accuracy", epochs=4)


class _Worker:
    """A release's worker that needs no release."""

    asked: list[tuple[str, Mapping[str, Any]]]

    def __init__(self, asked: list[tuple[str, Mapping[str, Any]]], fails: Callable[[str, Any], bool]) -> None:
        self.asked = asked
        self._fails = fails

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        pass

    def kill(self) -> None:
        pass

    def request(self, method: str, _type: Any, params: Mapping[str, Any] | None = None, **_: Any) -> Any:
        params = params or {}
        self.asked.append((method, params))
        if self._fails(method, params):
            message = f"{method} failed"
            raise TrainingError(message)
        match method:
            case "facts":
                return {"tensorflow": "1.0"}
            case "open":
                return Opened(1, 100, "fit", 0.5, 0.075, 0.01, diverged=False)
            case "train":
                seeds = tuple(params["seeds"])
                quality = tuple(0.9 + seed / 100 for seed in seeds)
                return trainings_of(seeds, quality, batch_size=params["batch_size"])
            case "probe":
                return Probed(1000 + params["cell"]["batch_size"], None, diverged=False)
        others: dict[str, Callable[[], Any]] = {
            "prove": lambda: Proof(Outcome.PROVEN, 10, 1e-6),
            "burst": lambda: Burst((0.05,) * params["rounds"], diverged=False),
            "waiting": lambda: None,
        }
        return others[method]()


Asked = list[tuple[str, Mapping[str, Any]]]


def _sessions(
    numbers: Mapping[str, int],
    *,
    fails: Callable[[str, str, Any], bool] = lambda *_: False,
    description: Description = DESCRIPTION,
) -> tuple[dict[str, ReleaseSession], dict[str, Asked]]:
    """Return a session for each release and what its workers were asked; `fails` takes its name, method and params."""
    asked: dict[str, Asked] = {name: [] for name in numbers}

    def side(name: str, number: int) -> Side:
        start: Any = lambda: _Worker(asked[name], lambda method, params: fails(name, method, params))  # noqa: E731
        return Side(start, number)

    found = run_release_sessions(
        TRACKED,
        description,
        {name: side(name, number) for name, number in numbers.items()},
        pass_started=1_763_731_234,
        progress=silent,
        measure_reference=lambda: dict.fromkeys(KINDS, 0.005),
    )
    return found, asked


def _session(
    number: int = 1, *, fails: Callable[[str, Any], bool] = lambda *_: False, **how: Any
) -> tuple[ReleaseSession, Asked]:
    found, asked = _sessions({"only": number}, fails=lambda _, method, params: fails(method, params), **how)
    return found["only"], asked["only"]


def test_releases_take_turns_and_share_what_was_measured_of_the_machine() -> None:
    found, asked = _sessions({"old": 1, "new": 1})
    assert {session.pass_started for session in found.values()} == {1_763_731_234}
    for name, session in found.items():
        assert {(record.status, record.turns) for record in session.records} == {(Status.COMPLETE, 3)}
        assert session.reference_seconds == dict.fromkeys(KINDS, (0.005,) * 3)
        assert [method for method, _ in asked[name]].count("train") == 1
    orders = [[params["cell"] for method, params in asked[name] if method == "burst"] for name in found]
    assert orders[0] == orders[1]


def test_a_release_that_can_not_start_leaves_the_others() -> None:
    found, asked = _sessions({"old": 1, "new": 1}, fails=lambda name, method, _: (name, method) == ("old", "facts"))
    assert found["old"] == ReleaseSession(1_763_731_234, problems=("facts failed",))
    assert [method for method, _ in asked["old"]] == ["facts"]
    assert len(found["new"].of_loop("fit")) == 4
    assert found["new"].quality_losses


def test_each_release_trains_seeds_of_its_own_session() -> None:
    found, _ = _sessions({"old": 3, "new": 1})
    assert found["old"].quality_losses == {32: pytest.approx({4: 0.06, 5: 0.05})}
    assert found["new"].quality_losses == {32: pytest.approx({0: 0.1, 1: 0.09})}
    assert {record.peak_host_bytes for record in found["old"].records} == {None}
    assert {record.peak_host_bytes for record in found["new"].records} == {None, 1100}


def test_all_cells_take_turns_in_one_worker_and_the_machine_is_looked_at_before_each_turn() -> None:
    found, asked = _session()
    assert len(found.records) == 8
    assert {(record.status, record.turns) for record in found.records} == {(Status.COMPLETE, 3)}
    assert found.reference_seconds == dict.fromkeys(KINDS, (0.005,) * 3)
    assert [method for method, _ in asked].count("facts") == 1
    assert found.problems == ()
    assert found.facts["tensorflow"] == "1.0"


def test_memory_is_measured_in_the_first_session_at_the_largest_batch_size() -> None:
    found, _ = _session()
    peaks = {record.cell.batch_size: record.peak_host_bytes for record in found.records if record.cell.loop == "fit"}
    assert peaks == {8: None, 16: None, 32: None, 100: 1100}
    second, asked = _session(2)
    assert {record.peak_host_bytes for record in second.records} == {None}
    assert "probe" not in [method for method, _ in asked]


@pytest.mark.parametrize(("number", "losses"), [(1, {0: 0.1, 1: 0.09}), (2, {2: 0.08, 3: 0.07})])
def test_each_session_trains_seeds_of_its_own(number: int, losses: dict[int, float]) -> None:
    found, asked = _session(number)
    assert found.quality_losses == {32: pytest.approx(losses)}
    assert {params["seed"] for method, params in asked if method == "open"} == {1_763_731_234}


def test_cells_that_fail_are_one_line_for_each_reason_and_the_rest_goes_on() -> None:
    found, _ = _session(fails=lambda method, params: method == "open" and params["cell"]["loop"] == "compiled:graph")
    assert found.problems == ("mine-100-compiled:graph and 3 more cells: open failed",)
    assert len(found.of_loop("fit")) == 4
    assert found.of_loop("compiled:graph") == ()


def test_a_release_that_compiles_too_long_names_the_setting_that_waits_longer() -> None:
    def slow(method: str, params: Any) -> bool:
        if method == "open" and params["cell"]["batch_size"] == 8 and params["loop"] == "fit":
            message = "the worker said nothing for 60 s"
            raise WorkerSilentError(message)
        return False

    found, _ = _session(fails=slow)
    (problem,) = found.problems
    assert "took longer than 60 s; first_epoch_limit_seconds=... of what is tracked of mine waits longer" in problem


def test_quality_that_can_not_be_judged_leaves_the_times() -> None:
    found, _ = _session(fails=lambda method, _: method == "train")
    assert found.problems == ("quality: train failed",)
    assert found.quality_losses == {}
    assert len(found.of_loop("fit")) == 4


def test_a_workload_without_a_quality_metric_has_none() -> None:
    found, asked = _session(2, description=Description(name="mine", examples=100))
    assert found.quality_losses == {}
    assert "train" not in [method for method, _ in asked]


def test_ctrl_c_ends_the_session_and_leaves_no_half_of_one() -> None:
    def interrupted(method: str, _: Any) -> bool:
        if method == "burst":
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        _session(fails=interrupted)


def test_ctrl_c_while_quality_is_measured_leaves_no_half_of_one_either() -> None:
    def interrupted(method: str, _: Any) -> bool:
        if method == "train":
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        _session(fails=interrupted)


def test_a_release_without_tensorflow_is_a_session_that_says_so() -> None:
    def lacking(method: str, _: Any) -> bool:
        if method == "facts":
            message = "TensorFlow is not installed"
            raise MissingPackageError(message)
        return False

    found, _ = _session(fails=lacking)
    assert (found.records, found.problems) == ((), ("TensorFlow is not installed",))
