"""Between JSON's values and frozen dataclasses: a number that isn't finite is null, both ways.

Where it matters that it is infinite it is the text ``Infinity`` or ``-Infinity``, which JavaScript's ``Number`` and
Python's ``float`` read.

msgspec says whether types fit. What it doesn't know is seen to here: null, where a number has to be, is NaN, and each
`batchmark.bounds.Bound` of a record holds.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from batchmark.bounds import Bound
from batchmark.errors import BatchmarkError

Record = TypeVar("Record")
_INFINITE = {"Infinity": math.inf, "-Infinity": -math.inf}


class MisfitError(ValueError):
    """A value that isn't of the type that is asked for, with where it stands and what was expected, in one line."""


# Note: tried msgspec.to_builtins; rejected because it keeps NaN and knows neither NumPy's numbers nor paths.
def plain(value: object, *, infinities: bool = False) -> Any:  # noqa: ANN401  JSON
    """Return `value` as JSON has it; what JSON has no form for as text, with `infinities` those too."""
    match value:
        case Enum():
            return plain(value.value)
        case None | bool() | str():
            return value
        case Real():
            return _number(value, infinities=infinities)
        case Mapping():
            return {str(key): plain(each, infinities=infinities) for key, each in value.items()}
        case list() | tuple():
            return [plain(each, infinities=infinities) for each in value]
        case _:
            return plain(_by_name(value), infinities=infinities) if is_dataclass(value) else str(value)


def _number(value: Real, *, infinities: bool) -> float | str | None:
    if isinstance(value, Integral):
        return int(value)
    if math.isfinite(value):
        return float(value)
    return next((text for text, number in _INFINITE.items() if infinities and number == value), None)


def _by_name(record: Any) -> dict[str, object]:  # noqa: ANN401  a dataclass, which has no type of its own
    """Return the fields of `record` without those that its repr leaves out, which serve who computes with it."""
    return {field.name: getattr(record, field.name) for field in fields(record) if field.repr}


def typed(content: object, record_type: type[Record]) -> Record:
    """Return JSON's `content` as a record; keys that the record hasn't are ignored, and those with a default may miss.

    Raises MisfitError: a key is missing, a type is another, a bound doesn't hold.
    """
    try:
        return msgspec.convert(_held(content, record_type, "$"), record_type, str_keys=True)
    # A record may refuse by itself what no type tells.
    except (msgspec.ValidationError, MisfitError, OverflowError, BatchmarkError) as error:
        # What is quoted, and how it is said where, may hold line ends of the file's.
        raise MisfitError(" ".join(ascii(str(error))[1:-1].split())) from error


def _held(value: object, hint: Any, at: str) -> object:  # noqa: ANN401  what typing has
    """Return `value`, held to the bounds within `hint`, with NaN where a number has to be and none is known."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _bounded(_held(value, arguments[0], at), arguments[1:], at)
    if origin in {Union, UnionType}:
        return _optional(value, [each for each in arguments if each is not NoneType], at)
    if hint is float:
        infinite = _INFINITE.get(value) if isinstance(value, str) else None
        return infinite or (math.nan if value is None or _is_unknown(value) else value)
    return _held_inside(value, hint, at)


def _held_inside(value: object, hint: Any, at: str) -> object:  # noqa: ANN401  what typing has
    arguments = get_args(hint)
    match value:
        case list() if (is_plain := _plainness(hint)) and is_plain(value):
            return value
        case list() if arguments:
            return [_held(each, part, f"{at}[{i}]") for i, (each, part) in enumerate(_parts(value, arguments))]
        case dict() if isinstance(hint, type) and is_dataclass(hint):
            hints = _hints(hint)
            return {name: _held(each, hints.get(name), f"{at}.{name}") for name, each in value.items()}
        case dict() if arguments:
            return {name: _held(each, arguments[-1], f"{at}[...]") for name, each in value.items()}
        case _:
            return value


def _bounded(value: object, bounds: tuple[object, ...], at: str) -> object:
    for bound in bounds:
        if isinstance(bound, Bound) and not _holds(bound, value):
            message = f"Expected {bound.expected}, got {json.dumps(plain(value))[:40]} - at `{at}`"
            raise MisfitError(message)
    return value


def _holds(bound: Bound, value: object) -> bool:
    try:
        return bound.holds(value)
    except TypeError:
        # It is of another type, which msgspec tells.
        return True


def _optional(value: object, hints: list[Any], at: str) -> object:
    if value is None or len(hints) != 1:
        return value
    is_number = float in {hints[0], *get_args(hints[0])[:1]}
    return None if is_number and _is_unknown(value) else _held(value, hints[0], at)


def _parts(values: list[object], hints: tuple[Any, ...]) -> list[tuple[object, Any]]:
    """Return `values`, each beside its type; of a tuple that is too long or too short msgspec says so."""
    if len(hints) == len(values) and Ellipsis not in hints:
        return list(zip(values, hints, strict=True))
    return [(each, hints[0] if hints and (len(hints) == 1 or Ellipsis in hints) else None) for each in values]


def _is_unknown(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


@cache
def _hints(record_type: type) -> dict[str, Any]:
    return get_type_hints(record_type, include_extras=True)


@cache
def _plainness(hint: Any) -> Callable[[Any], bool] | None:  # noqa: ANN401  what typing has
    """Return what tells whether a list of numbers, or of such lists, needs nothing: most of what is stored are rounds.

    None: `hint` is of something else, which is looked at value by value.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple and arguments[1:] == (Ellipsis,):
        inner = _plainness(arguments[0])
        return None if inner is None else lambda value: type(value) is list and all(map(inner, value))
    number, *bounds = arguments if origin is Annotated else (hint,)
    if number not in {float, int} or not all(isinstance(bound, Bound) for bound in bounds):
        return None
    held = tuple(bound.holds for bound in bounds)
    return lambda value: (
        type(value) is number and (number is int or math.isfinite(value)) and all(holds(value) for holds in held)
    )
