"""Between JSON's values and records: null for what isn't known, bounds, and where something is wrong."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
import pytest

from batchmark.bounds import Count, Positive, PositiveIfKnown, Share, Size
from batchmark.files.typed import MisfitError, plain, typed


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    size: Size
    known: float | None = None


@dataclass(frozen=True)
class Outer:
    inner: Inner
    colour: Colour
    seconds: PositiveIfKnown
    rounds: tuple[tuple[Positive, ...], ...] = ()
    pair: tuple[Count | None, float | None] = (None, None)
    by_colour: Mapping[Colour, Share | None] = field(default_factory=dict)
    by_number: dict[int, tuple[Inner, ...]] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)


OUTER = Outer(
    Inner(3),
    Colour.RED,
    0.5,
    ((1.0, 2.0), (3.0,)),
    (7, None),
    {Colour.RED: None},
    {4: (Inner(1, 2.0), Inner(2))},
    {"any": [1, None, {"thing": True}]},
)
FORM = {
    "inner": {"size": 3, "known": None},
    "colour": "red",
    "seconds": 0.5,
    "rounds": [[1.0, 2.0], [3.0]],
    "pair": [7, None],
    "by_colour": {"red": None},
    "by_number": {"4": [{"size": 1, "known": 2.0}, {"size": 2, "known": None}]},
    "facts": {"any": [1, None, {"thing": True}]},
}


def test_a_record_becomes_what_json_has_and_comes_back_equal() -> None:
    assert plain(OUTER) == FORM
    assert typed(json.loads(json.dumps(FORM)), Outer) == OUTER


def test_what_is_not_finite_is_null_and_null_is_nan_where_a_number_has_to_be() -> None:
    unknown = plain(Outer(Inner(1, math.inf), Colour.RED, math.nan))
    assert (unknown["seconds"], unknown["inner"]["known"]) == (None, None)
    found = typed(unknown, Outer)
    assert math.isnan(found.seconds)
    assert found.inner.known is None


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_pythons_json_lets_pass_is_not_known_either(literal: str) -> None:
    text = f'{{"inner": {{"size": 1, "known": {literal}}}, "colour": "red", "seconds": {literal}}}'
    found = typed(json.loads(text), Outer)
    assert math.isnan(found.seconds)
    assert found.inner.known is None


def test_numbers_of_numpy_paths_and_odd_keys_have_a_form() -> None:
    odd = {"n": np.int64(3), "x": np.float64(0.5), "nan": np.float32("nan"), "path": Path("a/b"), 4: True, "t": (1,)}
    assert plain(odd) == {"n": 3, "x": 0.5, "nan": None, "path": "a/b", "4": True, "t": [1]}


def test_keys_that_nobody_knows_are_ignored_and_those_with_a_default_may_miss() -> None:
    little = {"inner": {"size": 3, "later": 1}, "colour": "red", "seconds": 1, "later": None}
    assert typed(little, Outer) == Outer(Inner(3), Colour.RED, 1.0)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"inner": {"size": 0}}, "Expected a whole number from 1 up, got 0 - at `$.inner.size`"),
        ({"inner": {}}, "Object missing required field `size` - at `$.inner`"),
        ({"inner": {"size": None}}, "Expected `int`, got `null` - at `$.inner.size`"),
        ({"inner": {"size": True}}, "Expected `int`, got `bool` - at `$.inner.size`"),
        ({"inner": None}, "Expected `object`, got `null` - at `$.inner`"),
        ({"colour": "blue\n"}, r"Invalid enum value 'blue\\n' - at `$.colour`"),
        ({"seconds": -1}, "Expected a number above 0, or null, got -1 - at `$.seconds`"),
        ({"seconds": 10**400}, ""),
        ({"rounds": [[1.0], [2.0, None]]}, "Expected a number above 0, got null - at `$.rounds[1][1]`"),
        ({"rounds": [3]}, "Expected `array`, got `int` - at `$.rounds[0]`"),
        ({"pair": [-1, None]}, "Expected a whole number from 0 up, got -1 - at `$.pair[0]`"),
        ({"pair": [1]}, "Expected `array` of length 2, got 1 - at `$.pair`"),
        ({"pair": [1, 2, 3]}, "Expected `array` of length 2, got 3 - at `$.pair`"),
        ({"by_colour": {"red": 1.5}}, "Expected a share from 0 to 1, got 1.5 - at `$.by_colour[...]`"),
        ({"by_colour": {"blue": 0.5}}, "Invalid enum value 'blue' - at `key` in `$.by_colour`"),
        ({"by_number": {"x": []}}, "Expected `int`, got `str` - at `key` in `$.by_number`"),
        ({"by_number": {"1": [{"size": -2}]}}, "got -2 - at `$.by_number[...][0].size`"),
        ({"facts": 3}, "Expected `object`, got `int` - at `$.facts`"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_told_with_where_it_is_and_what_was_expected(
    change: dict[str, object], complaint: str
) -> None:
    with pytest.raises(MisfitError) as refused:
        typed({**FORM, **change}, Outer)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_not_known_stands_for_a_number_alone() -> None:
    @dataclass(frozen=True)
    class Told:
        why: str | None

    with pytest.raises(MisfitError, match=r"Expected `str \| null`, got `float` - at `\$\.why`"):
        typed({"why": math.nan}, Told)


@pytest.mark.parametrize("content", [None, 3, "text", [], True], ids=repr)
def test_what_is_no_object_is_refused(content: object) -> None:
    with pytest.raises(MisfitError, match="Expected `object`"):
        typed(content, Outer)
