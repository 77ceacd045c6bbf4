"""Frozen dataclasses as JSON and back, by the types they declare: what comes back is what was declared, or refused."""

import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from batchmark.errors import MalformedMessageError

Reader = Callable[[Any], Any]
"""Takes what `json.loads` gave and returns it as what was declared. Raises `_Misfit`."""

_SHOWN_CHARACTERS = 60


class _Misfit(Exception):  # noqa: N818  a step on the way to an error that has the whole place in it
    """What was found where something else was declared."""

    def __init__(self, got: object, expected: str) -> None:
        super().__init__(expected)
        self.got = got
        self.expected = expected
        self.place: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        got = repr(self.got)
        shown = got if len(got) <= _SHOWN_CHARACTERS else f"{got[:_SHOWN_CHARACTERS]}..."
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.place)
        at = f" at {''.join(steps).removeprefix('.')}" if self.place else ""
        return f"expected {self.expected}{at}, got {shown}"


def as_json(value: object) -> object:
    """Return a dataclass as the dictionary of its fields: what `json.dumps` takes as its ``default``.

    Enumerations of strings, tuples and dictionaries JSON knows by itself; a key that is a number becomes a string.

    Raises TypeError: it is no dataclass.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    message = f"a message between controller and worker holds a {type(value).__name__}"
    raise TypeError(message)


def from_json(content: object, form: Any) -> Any:  # noqa: ANN401  a type, a union of types or ``object``, and one of it
    """Return what `json.loads` gave as an instance of `form`, down to the last field.

    `form` is a dataclass, an enumeration, ``str``, ``int``, ``float``, ``bool``, ``None``, a union of them, ``object``
    for anything, or ``tuple[T, ...]``, ``dict[K, V]`` and ``Mapping[K, V]`` of such. A whole number passes for a float,
    a number for no bool and no bool for a number.

    Raises MalformedMessageError: it is something else; the place is named. TypeError: a `form` that can't be read.
    """
    try:
        return _reader(form)(content)
    except _Misfit as misfit:
        raise MalformedMessageError(str(misfit)) from None


@cache
def _reader(form: Any) -> Reader:  # noqa: ANN401  as above
    if form in _PLAIN:
        return _PLAIN[form]
    if get_origin(form) in _GENERIC:
        return _GENERIC[get_origin(form)](*get_args(form))
    if isinstance(form, type) and issubclass(form, Enum):
        return _enumeration_reader(form)
    if isinstance(form, type) and is_dataclass(form):
        return _dataclass_reader(form)
    message = f"a message between controller and worker can't hold a {form}"
    raise TypeError(message)


def _plain_reader(expected: str, *kinds: type, made: Reader = lambda content: content) -> Reader:
    def read(content: object) -> object:
        # By the very type: to Python true is a whole number.
        if type(content) not in kinds:
            raise _Misfit(content, expected)
        try:
            return made(content)
        except OverflowError:
            raise _Misfit(content, expected) from None

    return read


def _union_reader(*members: Any) -> Reader:  # noqa: ANN401  types, as above
    readers = [_reader(member) for member in members]

    def read(content: object) -> object:
        misfits = []
        for reader in readers:
            try:
                return reader(content)
            except _Misfit as misfit:
                misfits.append(misfit)
        # Of a record or null, where the record is wrong says more than that it isn't null.
        closest = max(misfits, key=lambda misfit: len(misfit.place))
        raise closest if closest.place else _Misfit(content, " or ".join(each.expected for each in misfits))

    return read


def _tuple_reader(item: Any, *rest: Any) -> Reader:  # noqa: ANN401  types, as above
    if rest != (...,):
        message = "a message between controller and worker holds tuples of any length, tuple[T, ...]"
        raise TypeError(message)
    read_item = _reader(item)

    def read(content: object) -> tuple[Any, ...]:
        if not isinstance(content, list):
            raise _Misfit(content, "a list")
        return tuple(_inside(index, read_item, each) for index, each in enumerate(content))

    return read


def _dictionary_reader(key: Any, value: Any) -> Reader:  # noqa: ANN401  types, as above
    read_key, read_value = _key_as_number if key is int else _reader(key), _reader(value)

    def read(content: object) -> dict[Any, Any]:
        return {_inside(name, read_key, name): _inside(name, read_value, each) for name, each in _object(content)}

    return read


def _key_as_number(name: str) -> int:
    """Read a key, which is a string in JSON whatever it was."""
    try:
        return int(name)
    except ValueError:
        raise _Misfit(name, "a whole number as a key") from None


def _enumeration_reader(form: type[Enum]) -> Reader:
    known = " or ".join(repr(each.value) for each in form)

    def read(content: object) -> Enum:
        try:
            return form(content)
        except ValueError:
            raise _Misfit(content, known) from None

    return read


def _dataclass_reader(form: type[Any]) -> Reader:
    hints = get_type_hints(form)
    readers = {each.name: _reader(hints[each.name]) for each in fields(form)}
    required = {each.name for each in fields(form) if _is_required(each)}

    def read(content: object) -> object:
        given = dict(_object(content))
        if unknown := given.keys() - readers.keys():
            raise _Misfit(content, f"a {form.__name__} without {min(unknown)!r}")
        if missing := required - given.keys():
            raise _Misfit(content, f"a {form.__name__} with {min(missing)!r}")
        return form(**{name: _inside(name, readers[name], each) for name, each in given.items()})

    return read


def _is_required(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def _object(content: object) -> Iterable[tuple[str, Any]]:
    if not isinstance(content, dict):
        raise _Misfit(content, "an object")
    return content.items()


def _inside(step: str | int, reader: Reader, content: object) -> Any:  # noqa: ANN401  what `reader` makes of it
    try:
        return reader(content)
    except _Misfit as misfit:
        misfit.place = (step, *misfit.place)
        raise


def _anything(content: object) -> object:
    return content


_NOTHING = _plain_reader("null", types.NoneType)
_PLAIN: dict[Any, Reader] = {
    object: _anything,
    Any: _anything,
    float: _plain_reader("a number", float, int, made=float),
    int: _plain_reader("a whole number", int),
    str: _plain_reader("a string", str),
    bool: _plain_reader("true or false", bool),
    None: _NOTHING,
    types.NoneType: _NOTHING,
}
_GENERIC: dict[Any, Callable[..., Reader]] = {
    Union: _union_reader,
    types.UnionType: _union_reader,
    tuple: _tuple_reader,
    dict: _dictionary_reader,
    Mapping: _dictionary_reader,
}
