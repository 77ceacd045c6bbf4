"""The value of a choice, read by its kind: the same words at every command line and in pyproject.toml."""

from collections.abc import Callable, Mapping

from batchmark.doors.choices import Choice, Kind
from batchmark.errors import PolicyError
from batchmark.written.batch_sizes import require_batch_size, require_grid
from batchmark.written.byte_sizes import parse_bytes
from batchmark.written.counts import parse_count
from batchmark.written.durations import parse_seconds
from batchmark.written.numbers import parse_number, parse_numbers
from batchmark.written.shares import parse_share

Value = str | int | float | bool


def read(choice: Choice, value: object, where: str) -> Value:
    """Return what `value` says, a text or a plain value of TOML; `where` it stands begins an error.

    A time is seconds, an amount of memory bytes, a share of 2 % is 0.02.

    Raises BatchmarkError: it is none of the choice's kind; what is expected is said.
    """
    return _READERS[choice.kind](choice, value, where)


def _text(_choice: Choice, value: object, where: str) -> str:
    if not isinstance(value, str) or not value:
        message = f"{where} is {ascii(value)[:60]}; expected a name"
        raise PolicyError(message)
    return value


def _numbers(choice: Choice, value: object, where: str) -> str:
    """Return the text that names some numbers, which are read where they are used."""
    text = _text(choice, value, where)
    parse_numbers(text, where)
    return text


def _yes_or_no(_choice: Choice, value: object, where: str) -> bool:
    if not isinstance(value, bool):
        message = f"{where} is {ascii(value)[:60]}; expected true or false"
        raise PolicyError(message)
    return value


def _one_of(choice: Choice, value: object, where: str) -> str:
    if not isinstance(value, str) or value not in choice.words:
        expected = " or ".join(f'"{word}"' for word in choice.words)
        message = f"{where} is {ascii(value)[:60]}; expected {expected}"
        raise PolicyError(message)
    return value


_READERS: Mapping[Kind, Callable[[Choice, object, str], Value]] = {
    Kind.TEXT: _text,
    Kind.NAME: _text,
    Kind.YES_OR_NO: _yes_or_no,
    Kind.COUNT: lambda choice, value, where: parse_count(value, where, least=choice.least, most=choice.most),
    Kind.TIME: lambda _, value, where: parse_seconds(value, where),
    Kind.NUMBER: lambda _, value, where: parse_number(value, where),
    Kind.NUMBERS: _numbers,
    Kind.SHARE: lambda _, value, where: parse_share(value, where, hint="a share, as in 1%"),
    Kind.SIZE: lambda _, value, where: parse_bytes(value, where),
    Kind.GRID: lambda _, value, where: require_grid(value, where),
    Kind.BATCH_SIZE: lambda _, value, where: require_batch_size(value, where),
    Kind.ONE_OF: _one_of,
    Kind.FILE: _text,
    Kind.FOLDER: _text,
    Kind.FILE_OR_FOLDER: _text,
}
