"""Times as people write them: ``60``, ``60s``, ``2min``, ``1.5 h``."""

import math
import re

from batchmark.errors import PolicyError

_TIME = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?(s|sec|min|m|h)?")
_SECONDS = {"s": 1.0, "sec": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0}


def parse_seconds(value: object, where: str) -> float:
    """Return the seconds that `value` is, a text or a number; without a unit they are seconds.

    Raises PolicyError: something else, or 0.
    """
    seconds = _seconds(value)
    if not (math.isfinite(seconds) and seconds > 0):
        message = f"{where} is {ascii(value)[:40]}; expected a time above 0 as in 60s or 2min"
        raise PolicyError(message)
    return seconds


def format_seconds(seconds: float) -> str:
    """Return `seconds` as `parse_seconds` reads them, to a microsecond: ``90s``, ``2.5s``."""
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"


def _seconds(value: object) -> float:
    match value:
        case bool():
            return 0.0
        case int() | float():
            return float(value) if abs(value) < 1e300 else math.inf  # noqa: PLR2004  what a float can hold
        case str() if found := _TIME.fullmatch(value.strip()):
            return float(found[1]) * _SECONDS[found[2] or "s"]
        case _:
            return 0.0
