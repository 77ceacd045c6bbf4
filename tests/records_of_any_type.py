"""Records made up by their own types and bounds, for whatever holds of every record: a new field is made up, too."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from batchmark.bounds import Bound

KNOWN = st.floats(allow_nan=False, allow_infinity=False)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | KNOWN | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)
_SIMPLE: Mapping[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=8),
    int: st.integers(-(2**40), 2**40),
    bool: st.booleans(),
    float: KNOWN | st.just(math.nan),
    NoneType: st.none(),
    object: ANYTHING,
    Any: ANYTHING,
}
# By whether they are whole, and a number of each kind.
_PROBED: Mapping[bool, list[tuple[float, st.SearchStrategy[float]]]] = {
    True: [(-1, st.integers(max_value=-1)), (0, st.just(0)), (1, st.integers(1, 2**40))],
    False: [
        (-1.0, st.floats(-1e300, -1e-300)),
        (0.0, st.just(0.0)),
        (0.5, st.floats(0, 1, exclude_min=True, exclude_max=True)),
        (1.0, st.just(1.0)),
        (2.0, st.floats(2, 1e300)),
        (math.nan, st.just(math.nan)),
    ],
}


def records(record_type: type[Any], **chosen: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return any record of a type; `chosen` says what fields are that others have a say in."""
    hints = get_type_hints(record_type, include_extras=True)
    made_up = {field.name: values(hints[field.name]) for field in fields(record_type) if field.name not in chosen}
    return st.builds(record_type, **made_up, **chosen)


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Return any value of a type."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _within(values(arguments[0]), [each for each in arguments[1:] if isinstance(each, Bound)], arguments[0])
    if origin in {Union, UnionType}:
        # Where a number may be None, NaN isn't stored as itself.
        return st.one_of([_known(values(each)) for each in arguments])
    if origin is tuple and Ellipsis in arguments:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, arguments))
    if arguments:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=3)
    return _of_class(hint)


def _of_class(hint: Any) -> st.SearchStrategy[Any]:
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    assert isinstance(hint, type), f"no way to make up {hint}"
    assert is_dataclass(hint), f"no way to make up {hint}"
    return records(hint)


def _within(found: st.SearchStrategy[Any], bounds: list[Bound], base: object) -> st.SearchStrategy[Any]:
    def holds(value: object) -> bool:
        return all(bound.holds(value) for bound in bounds)

    if base in {int, float}:
        found = st.one_of([strategy for probe, strategy in _PROBED[base is int] if holds(probe)])
    return found.filter(holds)


def _known(found: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return found.filter(lambda value: not (isinstance(value, float) and math.isnan(value)))
