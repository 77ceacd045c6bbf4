"""The lines between controller and worker."""

import re

import pytest

from batchmark.errors import MalformedMessageError
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.failures import Failure
from batchmark.measurement.protocol.lines import (
    Answered,
    Message,
    Progressed,
    answer_to,
    line_of,
    message_from,
    request_from,
)
from batchmark.records import Cell

_KINDS = (requests.Prove, requests.Facts)
_PROVE = requests.Prove("blobs", "compiled:xla")


def test_a_request_is_its_name_and_its_fields_in_one_line() -> None:
    assert line_of(_PROVE) == '{"prove": {"workload": "blobs", "loop": "compiled:xla"}}\n'
    assert request_from(line_of(_PROVE), _KINDS) == _PROVE


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("print", "a line of JSON was expected, got 'print'"),
        ("[1]", "a request is one name with its fields, got '[1]'"),
        ("{}", "a request is one name with its fields, got '{}'"),
        ('{"facts": {}, "prove": {}}', "a request is one name with its fields, got "),
        ('{"burst": {}}', "unknown request 'burst'; expected one of facts, prove"),
        ('{"facts": []}', "the request 'facts' is malformed: expected an object, got []"),
        ('{"facts": {"why": 1}}', "the request 'facts' is malformed: expected a Facts without 'why', got "),
        ('{"prove": {"workload": "a"}}', "the request 'prove' is malformed: expected a Prove with 'loop', got "),
    ],
)
def test_what_is_no_request_is_refused_in_one_line(line: str, told: str) -> None:
    with pytest.raises(MalformedMessageError, match="^" + re.escape(told)):
        request_from(f"{line}\n", _KINDS)


@pytest.mark.parametrize("message", [Progressed(0.25), Answered([1, "a"]), Answered(None), Failure("it broke", "E")])
def test_what_a_worker_says_arrives_as_it_was_said(message: Message) -> None:
    line = line_of(message)
    assert line.endswith("\n")
    assert message_from(line.encode()) == message


@pytest.mark.parametrize(
    "line",
    [
        b"epoch 1",
        b"5",
        b'{"loss": 0.5}',
        b'{"progress": "half"}',
        b'{"progress": 0.5, "answer": 1}',
        b'{"error": "without a kind"}',
        b'{"error": 1, "kind": "E"}',
        b'{"answer": 1, "more": 2}',
        b"\xff\xfe",
    ],
)
def test_what_no_worker_says_is_refused(line: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        message_from(line)


def test_an_answer_is_of_the_type_that_its_request_declares() -> None:
    cell = Cell("blobs", 8, "fit")
    assert answer_to(requests.WatchWaiting(cell), Answered(0.5)) == 0.5
    assert answer_to(requests.WatchWaiting(cell), Answered(None)) is None
    with pytest.raises(MalformedMessageError, match="expected a number or null, got 'half'"):
        answer_to(requests.WatchWaiting(cell), Answered("half"))
    with pytest.raises(MalformedMessageError, match="expected null, got 1"):
        answer_to(requests.Begin(cell), Answered(1))
