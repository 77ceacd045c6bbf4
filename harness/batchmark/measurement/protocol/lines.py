"""The lines themselves: a request to the worker, and back its progress and then an answer or an error.

``{"prove": {"workload": "blobs", "loop": "compiled:xla"}}`` is a request. What comes back is any number of
``{"progress": share}`` and then one ``{"answer": …}`` or ``{"error": line, "kind": name}``.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from batchmark.errors import MalformedMessageError
from batchmark.measurement.protocol.codec import as_json, from_json
from batchmark.measurement.protocol.failures import Failure
from batchmark.measurement.protocol.request import Answer, Request


@dataclass(frozen=True)
class Progressed:
    """How much of a request is done."""

    progress: float
    """The share, 0 to 1."""


@dataclass(frozen=True)
class Answered:
    """What a request came to."""

    answer: object
    """In JSON's own types as long as nobody says what it is: `answer_to` does."""


Message = Progressed | Answered | Failure
_MESSAGES = (Progressed, Answered, Failure)


def line_of(message: Request[Any] | Message) -> str:
    """Return `message` as a line, its end included.

    Raises TypeError: something in it that can't be written.
    """
    content = {message.name: as_json(message)} if isinstance(message, Request) else message
    return json.dumps(content, default=as_json) + "\n"


def request_from(line: str, kinds: Iterable[type[Request[Any]]]) -> Request[Any]:
    """Return the request that a line holds, of one of these `kinds`.

    Raises MalformedMessageError: it holds none, or of another kind, or with other fields than it has.
    """
    content = _loaded(line)
    if not isinstance(content, dict) or len(content) != 1:
        message = f"a request is one name with its fields, got {line.strip()[:80]!r}"
        raise MalformedMessageError(message)
    ((name, fields),) = content.items()
    by_name = {kind.name: kind for kind in kinds}
    if name not in by_name:
        message = f"unknown request {name!r}; expected one of {', '.join(sorted(by_name))}"
        raise MalformedMessageError(message)
    try:
        request: Request[Any] = from_json(fields, by_name[name])
    except MalformedMessageError as error:
        message = f"the request {name!r} is malformed: {error}"
        raise MalformedMessageError(message) from error
    return request


def message_from(line: bytes) -> Message:
    """Return what a worker says in a line.

    Raises MalformedMessageError: it isn't what a worker says.
    """
    content = _loaded(line)
    for kind in _MESSAGES:
        if isinstance(content, dict) and content.keys() == kind.__annotations__.keys():
            message: Message = from_json(content, kind)
            return message
    told = "neither progress nor an answer nor an error"
    raise MalformedMessageError(told)


def answer_to(request: Request[Answer], answered: Answered) -> Answer:
    """Return the answer to `request`, of the type that the request declares.

    Raises MalformedMessageError: it is of another.
    """
    answer: Answer = from_json(answered.answer, request.answer_type)
    return answer


def _loaded(line: str | bytes) -> object:
    try:
        content: object = json.loads(line)
    except ValueError as error:
        message = f"a line of JSON was expected, got {line.strip()[:80]!r}"
        raise MalformedMessageError(message) from error
    return content
