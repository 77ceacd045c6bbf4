"""What a worker makes of the lines that it reads."""

import io
import re
from collections.abc import Callable

import pytest

from batchmark.errors import MissingPackageError
from batchmark.measurement import worker
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.failures import Failure, error_of
from batchmark.measurement.protocol.lines import Answered, Message, Progressed, line_of, message_from
from batchmark.measurement.protocol.request import Answering


class _Session(Answering):
    def __init__(self, progress: Callable[[float], None]) -> None:
        self._progress = progress

    @requests.BoundaryCost.answered_by
    def boundary_cost(self, _request: requests.BoundaryCost) -> float:
        self._progress(0.5)
        return 1e-5

    @requests.PeakHostBytes.answered_by
    def peak_host_bytes(self, _request: requests.PeakHostBytes) -> int:
        raise SystemExit(3)

    @requests.Facts.answered_by
    def facts(self, _request: requests.Facts) -> dict[str, object]:
        return {"device": object()}


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that needs no TensorFlow."""
    monkeypatch.setattr(worker, "_new_session", _Session)


def _said(*lines: str) -> list[Message]:
    answers = io.StringIO()
    worker.serve(io.StringIO("".join(lines)), answers)
    return [message_from(line.encode()) for line in answers.getvalue().splitlines()]


_COST = line_of(requests.BoundaryCost())
_ANSWERED = [Progressed(0.5), Answered(1e-5)]


def test_each_request_is_answered_in_order_with_its_progress_before_it() -> None:
    assert _said(_COST, _COST) == _ANSWERED * 2


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("no JSON\n", "a line of JSON was expected, got 'no JSON'"),
        ('{"fly": {}}\n', "unknown request 'fly'; expected one of boundary_cost, facts, peak_host_bytes"),
        ('{"facts": {"a": 1}}\n', "the request 'facts' is malformed: expected a Facts without 'a', got {'a': 1}"),
    ],
)
def test_a_line_that_is_no_request_is_one_error_and_the_next_one_is_answered(line: str, told: str) -> None:
    assert _said(line, _COST) == [Failure(told, "MalformedMessageError"), *_ANSWERED]


def test_what_ends_a_program_and_what_can_not_be_written_are_errors_and_the_next_request_is_answered() -> None:
    ended, unwritten, *rest = _said(line_of(requests.PeakHostBytes()), line_of(requests.Facts()), _COST)
    assert isinstance(ended, Failure)
    assert ended.kind == "SystemExit"
    assert re.fullmatch(r"\S*test_worker\.py:\d+: SystemExit: 3", ended.error), "the user's own line"
    assert unwritten == Failure("TypeError: a message between controller and worker holds a object", "TypeError")
    assert rest == _ANSWERED


def test_a_session_that_can_not_begin_is_an_error_to_each_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: Callable[[float], None]) -> Answering:
        message = "No module named 'tensorflow'"
        raise ModuleNotFoundError(message)

    monkeypatch.setattr(worker, "_new_session", missing)
    failures = [each for each in _said(_COST, _COST) if isinstance(each, Failure)]
    assert [type(error_of(failure)) for failure in failures] == [MissingPackageError] * 2
