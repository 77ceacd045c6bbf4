"""A session with a release: the sweep, the machine's speed beside it, quality and memory."""

from collections.abc import Callable, Mapping
from typing import Any, Self

import pytest

from batchmark.errors import MissingPackageError, TrainingError
from batchmark.measurement.protocol import Burst, Opened, Probed
from batchmark.measurement.reference import KINDS
from batchmark.progress import silent
from batchmark.records import Status
from batchmark.studies.release_session import ReleaseSession, Tracked, run_release_session
from batchmark.trainings import Trainings
from batchmark.workloads import Description

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
            case "burst":
                return Burst((0.05,) * params["rounds"], diverged=False)
            case "train":
                seeds = tuple(params["seeds"])
                curves = tuple((0.0,) for _ in seeds)
                quality = tuple(0.9 + seed / 100 for seed in seeds)
                return Trainings(
                    workload="mine",
                    batch_size=params["batch_size"],
                    learning_rate=0.01,
                    seeds=seeds,
                    training_loss=curves,
                    training_quality=curves,
                    validation_loss=curves,
                    validation_quality=curves,
                    fresh_loss=quality,
                    fresh_quality=quality,
                    method="stacked",
                )
            case "probe":
                return Probed(1000 + params["cell"]["batch_size"], None, diverged=False)
            case _:
                assert method == "waiting"
                return None


def _session(
    number: int = 1, *, fails: Callable[[str, Any], bool] = lambda *_: False, **how: Any
) -> tuple[ReleaseSession, list[tuple[str, Mapping[str, Any]]]]:
    asked: list[tuple[str, Mapping[str, Any]]] = []
    found = run_release_session(
        TRACKED,
        DESCRIPTION,
        number=number,
        progress=silent,
        start_worker=lambda: _Worker(asked, fails),  # type: ignore[arg-type,return-value]
        measure_reference=lambda: dict.fromkeys(KINDS, 0.005),
        **how,
    )
    return found, asked


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


@pytest.mark.parametrize(("number", "losses"), [(1, (0.1, 0.09)), (2, (0.08, 0.07))])
def test_each_session_trains_seeds_of_its_own(number: int, losses: tuple[float, ...]) -> None:
    found, asked = _session(number)
    assert found.quality_losses == {32: pytest.approx(losses)}
    assert found.number == number
    assert {params["seed"] for method, params in asked if method == "open"} == {number}


def test_cells_that_fail_are_one_line_for_each_reason_and_the_rest_goes_on() -> None:
    found, _ = _session(fails=lambda method, params: method == "open" and params["cell"]["loop"] == "compiled:graph")
    assert found.problems == ("mine-100-compiled:graph and 3 more cells: open failed",)
    assert len(found.of_loop("fit")) == 4
    assert found.of_loop("compiled:graph") == ()


def test_quality_that_can_not_be_judged_leaves_the_times() -> None:
    found, _ = _session(fails=lambda method, _: method == "train")
    assert found.problems == ("quality: train failed",)
    assert found.quality_losses == {}
    assert len(found.of_loop("fit")) == 4


def test_a_workload_without_a_quality_metric_has_none() -> None:
    found = run_release_session(
        TRACKED,
        Description(name="mine", examples=100),
        number=2,
        progress=silent,
        start_worker=lambda: _Worker([], lambda *_: False),  # type: ignore[arg-type,return-value]
        measure_reference=lambda: dict.fromkeys(KINDS, 0.005),
    )
    assert found.quality_losses == {}


def test_ctrl_c_ends_the_session_and_leaves_no_half_of_one() -> None:
    def interrupted(method: str, _: Any) -> bool:
        if method == "burst":
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        _session(fails=interrupted)


def test_a_release_without_tensorflow_is_an_error() -> None:
    def lacking(method: str, _: Any) -> bool:
        if method == "facts":
            message = "TensorFlow is not installed"
            raise MissingPackageError(message)
        return False

    with pytest.raises(MissingPackageError):
        _session(fails=lacking)
