"""Whole numbers as people write them."""

import re

from batchmark.errors import PolicyError

_COUNT = re.compile(r"[0-9]{1,18}", re.ASCII)


def parse_count(value: object, where: str, *, least: int = 0, most: int | None = None) -> int:
    """Return the whole number, from `least` to `most`, that `value` is: a number, or a text.

    Raises PolicyError: something else.
    """
    number = _number(value)
    if number is None or number < least or (most is not None and number > most):
        upward = "" if most is None else f" to {most:,}"
        message = f"{where} is {ascii(value)[:40]}; expected a whole number from {least}{upward}"
        raise PolicyError(message)
    return number


def _number(value: object) -> int | None:
    match value:
        case bool():
            return None
        case int():
            return value
        case str() if _COUNT.fullmatch(value.strip()):
            return int(value)
        case _:
            return None
