"""Dataclasses as JSON and back."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest

from batchmark.errors import MalformedMessageError
from batchmark.measurement.protocol.codec import as_json, from_json


class _Kind(StrEnum):
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True)
class _Part:
    kind: _Kind
    values: tuple[float, ...] = ()


@dataclass(frozen=True)
class _Whole:
    name: str
    count: int
    is_done: bool
    rate: float | None
    part: _Part | None = None
    by_size: dict[int, float] = field(default_factory=dict)
    by_name: Mapping[str, tuple[_Part, ...]] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)


_WHOLE = _Whole(
    name="blöbs\n",
    count=3,
    is_done=False,
    rate=None,
    part=_Part(_Kind.GOOD, (0.1, math.inf)),
    by_size={32: 0.5},
    by_name={"a": (_Part(_Kind.BAD),)},
    facts={"any": [1, {"thing": None}]},
)


def _plain(value: object) -> Any:
    return json.loads(json.dumps(value, default=as_json))


def test_a_dataclass_comes_back_as_it_went_down_to_the_last_field() -> None:
    found = from_json(_plain(_WHOLE), _Whole)
    assert found == _WHOLE
    assert type(found.part.kind) is _Kind
    assert found.by_size == {32: 0.5}


def test_numbers_that_are_none_come_back_as_such() -> None:
    found = from_json(_plain(_Part(_Kind.BAD, (math.nan,))), _Part)
    assert math.isnan(found.values[0])


def test_what_has_a_default_may_be_missing() -> None:
    content = {"name": "a", "count": 1, "is_done": True, "rate": 2}
    assert from_json(content, _Whole) == _Whole("a", 1, is_done=True, rate=2.0)


def test_a_whole_number_becomes_the_float_that_was_declared() -> None:
    assert type(from_json(2, float)) is float
    assert type(from_json(2, float | None)) is float


@pytest.mark.parametrize(
    ("place", "content", "told"),
    [
        (("count",), 1.0, "expected a whole number at count, got 1.0"),
        (("count",), True, "expected a whole number at count, got True"),
        (("count",), None, "expected a whole number at count, got None"),
        (("name",), 5, "expected a string at name, got 5"),
        (("is_done",), 1, "expected true or false at is_done, got 1"),
        (("rate",), "0.1", "expected a number or null at rate, got '0.1'"),
        (("rate",), True, "expected a number or null at rate, got True"),
        (("rate",), 10**400, "expected a number or null at rate, got 1000"),
        (("part",), [], "expected an object or null at part, got []"),
        (("part", "kind"), "ugly", "expected 'good' or 'bad' at part.kind, got 'ugly'"),
        (("part", "kind"), [], "expected 'good' or 'bad' at part.kind, got []"),
        (("part", "values", 1), None, "expected a number at part.values[1], got None"),
        (("part", "values"), {}, "expected a list at part.values, got {}"),
        (("by_size",), {"x": 1}, "expected a whole number as a key at by_size.x, got 'x'"),
        (("by_name", "a", 0, "kind"), 1, "expected 'good' or 'bad' at by_name.a[0].kind, got 1"),
        (("other",), 1, "expected a _Whole without 'other', got {"),
    ],
)
def test_what_is_not_as_declared_is_one_line_that_names_the_place(
    place: tuple[str | int, ...], content: object, told: str
) -> None:
    whole = inside = _plain(_WHOLE)
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = content
    with pytest.raises(MalformedMessageError, match="^" + re.escape(told)) as caught:
        from_json(whole, _Whole)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 150


def test_what_is_missing_is_named() -> None:
    with pytest.raises(MalformedMessageError, match="expected a _Whole with 'count', got "):
        from_json({"name": "a", "is_done": True, "rate": None}, _Whole)


@pytest.mark.parametrize("form", [list[int], set[str], tuple[int, str], complex])
def test_a_type_that_can_not_be_read_is_the_programs_fault_and_no_message(form: Any) -> None:
    with pytest.raises(TypeError, match="between controller and worker"):
        from_json([], form)


@pytest.mark.parametrize("value", [object(), {1, 2}, _Part, b"bytes", 1j])
def test_a_value_that_can_not_be_written_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="a message between controller and worker holds a "):
        json.dumps({"answer": value}, default=as_json)
