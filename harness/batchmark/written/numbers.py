"""Numbers as people write them: ``0.95``, ``.02``, ``1e-3``, ``-0.4``; and several of them, ``0.005,0.01,0.02``."""

import math
import re

from batchmark.errors import PolicyError

_NUMBER = re.compile(r"-?(?:[0-9]{1,12}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)


def parse_number(value: object, where: str, *, above: float | None = None) -> float:
    """Return the finite number that `value` is, a number or a text, above this one.

    Raises PolicyError: something else.
    """
    number = _number(value)
    if not math.isfinite(number) or (above is not None and number <= above):
        upward = "" if above is None else f" above {above:g}"
        message = f"{where} is {ascii(value)[:40]}; expected a number{upward}, as {'0.01' if upward else '0.95'}"
        raise PolicyError(message)
    return number


def parse_numbers(text: str, where: str) -> tuple[float, ...]:
    """Return the distinct numbers above 0 that `text` names, separated by commas, in ascending order.

    Raises PolicyError: something else, or none.
    """
    terms = [term for term in text.split(",") if term.strip()]
    if not terms:
        message = f"{where} is {ascii(text)[:40]}; expected numbers above 0, as 0.005,0.01,0.02"
        raise PolicyError(message)
    return tuple(sorted({parse_number(term, where, above=0.0) for term in terms}))


def _number(value: object) -> float:
    match value:
        case bool():
            return math.nan
        case int() | float():
            return float(value) if abs(value) < 1e300 else math.nan  # noqa: PLR2004  what a float can hold
        case str() if _NUMBER.fullmatch(value.strip()):
            return float(value)
        case _:
            return math.nan
