"""The stand-in for workers fails the test that has it answer otherwise than a worker would."""

from dataclasses import replace
from typing import Any

import pytest

from batchmark.errors import TrainingError
from batchmark.measurement.protocol import requests
from batchmark.records import Cell
from fake_worker import PROVEN, FakeWorker, opened, steady_worker

_PROVE = requests.Prove("blobs", "compiled:xla")


def test_it_answers_by_the_function_for_the_requests_type_and_remembers_what_it_was_asked() -> None:
    worker = FakeWorker().on(requests.Prove, lambda request: replace(PROVEN, reason=request.loop))
    assert worker.ask(_PROVE, timeout_seconds=3) == replace(PROVEN, reason="compiled:xla")
    assert (worker.asked, worker.names, worker.timeouts_of(requests.Prove)) == ([_PROVE], ["prove"], {3})


@pytest.mark.parametrize("answer", [None, "proven", {"outcome": "proven", "steps": 10}, opened()])
def test_an_answer_of_another_type_than_the_request_declares_fails(answer: Any) -> None:
    worker = FakeWorker().on(requests.Prove, lambda _: answer)
    with pytest.raises(AssertionError, match=r"'prove' (can't be|is) answered with"):
        worker.ask(_PROVE)


@pytest.mark.parametrize("learning_rate", ["0.01", (0.01,)])
def test_an_answer_with_a_field_of_another_type_fails(learning_rate: Any) -> None:
    worker = FakeWorker().on(requests.Open, lambda _: opened(learning_rate=learning_rate))
    with pytest.raises(AssertionError, match="expected a number or null at learning_rate"):
        worker.ask(requests.Open(Cell("blobs", 8, "fit"), "fit", seed=0, same_learning_rate=False))


@pytest.mark.parametrize("fields", [{"loop": None}, {"workload": 5}])
def test_a_request_with_a_field_of_another_type_fails(fields: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"workload": "blobs", "loop": "fit", **fields}
    with pytest.raises(Exception, match="the request 'prove' is malformed: expected a string at"):
        steady_worker().ask(requests.Prove(**asked))


def test_a_request_that_nobody_expects_fails() -> None:
    with pytest.raises(AssertionError, match="nobody expected Facts"):
        steady_worker().ask(requests.Facts())


def test_what_a_function_raises_is_raised_as_it_is() -> None:
    error = TrainingError("no such layer")

    def fail(_: requests.Facts) -> dict[str, object]:
        raise error

    with pytest.raises(TrainingError) as caught:
        FakeWorker().on(requests.Facts, fail).ask(requests.Facts())
    assert caught.value is error


def test_shares_that_are_done_are_told_before_the_answer() -> None:
    told: list[float] = []
    worker = FakeWorker().on(requests.Facts, lambda _: {"told": len(told)})
    worker.shares = (0.5, 1.0)
    assert worker.ask(requests.Facts(), progress=told.append) == {"told": 2}
    assert told == [0.5, 1.0]
