"""Shares as people write them: ``0.02``, ``2%``, ``2 %``.

A plain number of 1 or more is refused: whoever writes 2 for a tolerance means 2 %, and would get 200 %.
"""

import math
import re

from batchmark.errors import PolicyError

_PERCENT = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,12})?) ?%")
_NUMBER = re.compile(r"(?:[0-9]{1,12}(?:\.[0-9]{1,18})?|\.[0-9]{1,18})(?:[eE][+-]?[0-9]{1,2})?")


def parse_share(value: object, where: str, *, hint: str, below: float | None = 1.0) -> float:
    """Return the share that `value` is, a number or a text; `hint` says what is expected.

    A percentage may be 100 % and more; a plain number has to be less than `below`.

    Raises PolicyError: something else, below 0, not finite, or a plain number of `below` or more.
    """
    number = _number(value)
    is_percent = isinstance(value, str) and value.rstrip().endswith("%")
    if number is None or not math.isfinite(number) or number < 0:
        message = f"{where} is {ascii(value)[:40]}; expected {hint}"
        raise PolicyError(message)
    if not is_percent and below is not None and number >= below:
        message = (
            f'{where} is {ascii(value)[:40]}, which would be {number:.0%}; write {number / 100:g} or "{number:g}%"'
        )
        raise PolicyError(message)
    return number


def _number(value: object) -> float | None:
    match value:
        case bool():
            return None
        case int() | float():
            # 10**400 is a whole number to TOML, and none that a float can hold.
            return float(value) if abs(value) < 1e300 else None  # noqa: PLR2004  any bound
        case str() if match := _PERCENT.fullmatch(value.strip()):
            return float(match[1]) / 100
        case str() if match := _NUMBER.fullmatch(value.strip()):
            # What strip takes for a space, as \x1f, float does not.
            return float(match[0])
        case _:
            return None
