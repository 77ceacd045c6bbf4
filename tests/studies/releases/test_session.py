"""Sessions with releases that take turns: the sweep, the machine's speed beside it, quality and memory."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from batchmark.errors import MissingPackageError, TrainingError, WorkerSilentError
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import Probed
from batchmark.measurement.protocol.request import Request
from batchmark.measurement.reference import KINDS
from batchmark.progress import silent
from batchmark.records import Status
from batchmark.studies.releases.session import ReleaseSession, Side, Tracked, run_release_sessions
from batchmark.trainings import Trainings
from batchmark.workloads import Description
from fake_worker import FakeWorker, steady_worker
from synthetic import trainings_of

TRACKED = Tracked("mine", batch_sizes="8,16,32,full", loops=("fit", "compiled:graph"), turns=3, seeds=2)
DESCRIPTION = Description(name="mine", examples=100, reference_batch_size=32, quality_metric="accuracy", epochs=4)


Asked = list[Request[Any]]
Fails = Callable[[Request[Any]], bool]


def _worker(asked: Asked, fails: Fails) -> FakeWorker:
    """Return a release's worker that needs no release."""

    def before(request: Request[Any]) -> None:
        asked.append(request)
        if fails(request):
            message = f"{request.name} failed"
            raise TrainingError(message)

    def train(request: requests.Train) -> Trainings:
        quality = tuple(0.9 + seed / 100 for seed in request.seeds)
        return trainings_of(request.seeds, quality, batch_size=request.batch_size)

    return (
        steady_worker(before=before)
        .on(requests.Facts, lambda _: {"tensorflow": "1.0"})
        .on(requests.Train, train)
        .on(requests.Probe, lambda request: Probed(1000 + request.cell.batch_size, None, diverged=False))
    )


def _sessions(
    numbers: Mapping[str, int],
    *,
    fails: Callable[[str, Request[Any]], bool] = lambda *_: False,
    description: Description = DESCRIPTION,
) -> tuple[dict[str, ReleaseSession], dict[str, Asked]]:
    """Return a session for each release and what its workers were asked; `fails` takes its name and a request."""
    asked: dict[str, Asked] = {name: [] for name in numbers}

    def side(name: str, number: int) -> Side:
        return Side(lambda: _worker(asked[name], lambda request: fails(name, request)), number)

    found = run_release_sessions(
        TRACKED,
        description,
        {name: side(name, number) for name, number in numbers.items()},
        pass_started=1_763_731_234,
        progress=silent,
        measure_reference=lambda: dict.fromkeys(KINDS, 0.005),
    )
    return found, asked


def _names(asked: Asked) -> list[str]:
    return [request.name for request in asked]


def _session(number: int = 1, *, fails: Fails = lambda _: False, **how: Any) -> tuple[ReleaseSession, Asked]:
    found, asked = _sessions({"only": number}, fails=lambda _, request: fails(request), **how)
    return found["only"], asked["only"]


def test_releases_take_turns_and_share_what_was_measured_of_the_machine() -> None:
    found, asked = _sessions({"old": 1, "new": 1})
    assert {session.pass_started for session in found.values()} == {1_763_731_234}
    for name, session in found.items():
        assert {(record.status, record.turns) for record in session.records} == {(Status.COMPLETE, 3)}
        assert session.reference_seconds == dict.fromkeys(KINDS, (0.005,) * 3)
        assert _names(asked[name]).count("train") == 1
    orders = [[each.cell for each in asked[name] if isinstance(each, requests.RunBurst)] for name in found]
    assert orders[0] == orders[1]


def test_a_release_that_can_not_start_leaves_the_others() -> None:
    found, asked = _sessions({"old": 1, "new": 1}, fails=lambda name, asked: (name, asked.name) == ("old", "facts"))
    assert found["old"] == ReleaseSession(1_763_731_234, problems=("facts failed",))
    assert _names(asked["old"]) == ["facts"]
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
    assert _names(asked).count("facts") == 1
    assert found.problems == ()
    assert found.facts["tensorflow"] == "1.0"


def test_memory_is_measured_in_the_first_session_at_the_largest_batch_size() -> None:
    found, _ = _session()
    peaks = {record.cell.batch_size: record.peak_host_bytes for record in found.records if record.cell.loop == "fit"}
    assert peaks == {8: None, 16: None, 32: None, 100: 1100}
    second, asked = _session(2)
    assert {record.peak_host_bytes for record in second.records} == {None}
    assert "probe" not in _names(asked)


@pytest.mark.parametrize(("number", "losses"), [(1, {0: 0.1, 1: 0.09}), (2, {2: 0.08, 3: 0.07})])
def test_each_session_trains_seeds_of_its_own(number: int, losses: dict[int, float]) -> None:
    found, asked = _session(number)
    assert found.quality_losses == {32: pytest.approx(losses)}
    assert {each.seed for each in asked if isinstance(each, requests.Open)} == {1_763_731_234}


def test_cells_that_fail_are_one_line_for_each_reason_and_the_rest_goes_on() -> None:
    found, _ = _session(fails=lambda asked: isinstance(asked, requests.Open) and asked.cell.loop == "compiled:graph")
    assert found.problems == ("mine-100-compiled:graph and 3 more cells: open failed",)
    assert len(found.of_loop("fit")) == 4
    assert found.of_loop("compiled:graph") == ()


def test_a_release_that_compiles_too_long_names_the_setting_that_waits_longer() -> None:
    def slow(asked: Request[Any]) -> bool:
        if isinstance(asked, requests.Open) and (asked.cell.batch_size, asked.loop) == (8, "fit"):
            message = "the worker said nothing for 60 s"
            raise WorkerSilentError(message)
        return False

    found, _ = _session(fails=slow)
    (problem,) = found.problems
    assert "took longer than 60 s; first_epoch_limit_seconds=... of what is tracked of mine waits longer" in problem


def test_quality_that_can_not_be_judged_leaves_the_times() -> None:
    found, _ = _session(fails=lambda asked: isinstance(asked, requests.Train))
    assert found.problems == ("quality: train failed",)
    assert found.quality_losses == {}
    assert len(found.of_loop("fit")) == 4


def test_a_workload_without_a_quality_metric_has_none() -> None:
    found, asked = _session(2, description=Description(name="mine", examples=100))
    assert found.quality_losses == {}
    assert "train" not in _names(asked)


def test_ctrl_c_ends_the_session_and_leaves_no_half_of_one() -> None:
    def interrupted(asked: Request[Any]) -> bool:
        if isinstance(asked, requests.RunBurst):
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        _session(fails=interrupted)


def test_ctrl_c_while_quality_is_measured_leaves_no_half_of_one_either() -> None:
    def interrupted(asked: Request[Any]) -> bool:
        if isinstance(asked, requests.Train):
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        _session(fails=interrupted)


def test_a_release_without_tensorflow_is_a_session_that_says_so() -> None:
    def lacking(asked: Request[Any]) -> bool:
        if isinstance(asked, requests.Facts):
            message = "TensorFlow is not installed"
            raise MissingPackageError(message)
        return False

    found, _ = _session(fails=lacking)
    assert (found.records, found.problems) == ((), ("TensorFlow is not installed",))
