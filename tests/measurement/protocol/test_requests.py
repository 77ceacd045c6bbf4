"""All requests and what they are answered with: what goes over the line is what arrives."""

import json
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchmark.course import Course, Phase
from batchmark.errors import MalformedMessageError
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.codec import as_json
from batchmark.measurement.protocol.lines import Answered, answer_to, line_of, message_from, request_from
from batchmark.measurement.protocol.request import Request

KINDS = [kind for kind in vars(requests).values() if isinstance(kind, type) and issubclass(kind, Request)]
KINDS.remove(Request)
_WITH_FIELDS = [kind for kind in KINDS if fields(kind)]  # type: ignore[arg-type]  # each is a dataclass: tested below

_SIZES = st.integers(1, 64)
_PHASES = st.builds(Phase, epochs=_SIZES, batch_size=_SIZES, learning_rate=st.none())
# One that trains something: others are refused where they are made.
st.register_type_strategy(
    Course, st.builds(Course, st.lists(_PHASES, min_size=1, max_size=3).map(tuple), _SIZES, st.none())
)

# The first draws look for what fills a type, which takes long.
_few_times = settings(max_examples=20, deadline=None)
_kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@_kinds
def test_a_request_is_a_frozen_dataclass(kind: Any) -> None:
    assert is_dataclass(kind)
    assert vars(kind)["__dataclass_params__"].frozen


def test_no_two_requests_have_one_name() -> None:
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names) == 21


@_kinds
@_few_times
@given(data=st.data())
def test_a_request_arrives_as_it_was_asked(kind: type[Request[Any]], data: st.DataObject) -> None:
    # As text, because what is no number is not equal to itself.
    request = data.draw(st.from_type(kind))
    received = request_from(line_of(request), KINDS)
    assert type(received) is kind
    assert repr(received) == repr(request)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not requests.Facts], ids=lambda kind: kind.__name__)
@_few_times
@given(data=st.data())
def test_an_answer_arrives_as_it_was_given(kind: type[Request[Any]], data: st.DataObject) -> None:
    answer = data.draw(st.from_type(kind.answer_type))
    request: Request[Any] = data.draw(st.from_type(kind))
    said = message_from(line_of(Answered(answer)).encode())
    assert isinstance(said, Answered)
    assert repr(answer_to(request, said)) == repr(answer)


def _line(kind: type[Request[Any]], content: object) -> str:
    return json.dumps({kind.name: content}, default=as_json)


_JUNK = st.sampled_from([{"junk": []}, [[]], {"a": 1, "b": [None]}])
"""What no field of any request is."""


@pytest.mark.parametrize("kind", _WITH_FIELDS, ids=lambda kind: kind.__name__)
@_few_times
@given(data=st.data())
def test_a_request_with_junk_in_any_field_is_one_line_and_its_fields_are_needed(kind: Any, data: st.DataObject) -> None:
    request = data.draw(st.from_type(kind))
    each = data.draw(st.sampled_from(fields(kind)))
    content: dict[str, object] = {other.name: getattr(request, other.name) for other in fields(kind)}
    line = _line(kind, {**content, each.name: data.draw(_JUNK)})
    with pytest.raises(MalformedMessageError, match=rf"^the request '{kind.name}' is malformed: .*{each.name}"):
        request_from(line, KINDS)
    if each.default is MISSING:
        del content[each.name]
        with pytest.raises(MalformedMessageError, match=f"expected a {kind.__name__} with '{each.name}'"):
            request_from(_line(kind, content), KINDS)
