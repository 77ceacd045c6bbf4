"""Times as people write them: ``60``, ``60s``, ``2min``, ``1.5 h``."""

import re

from batchmark.errors import BatchmarkError

_TIME = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?(s|sec|min|m|h)?")
_SECONDS = {"s": 1.0, "sec": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0}


def parse_seconds(text: str, where: str) -> float:
    """Return the seconds that `text` is; without a unit they are seconds.

    Raises BatchmarkError: something else, or 0.
    """
    match = _TIME.fullmatch(text.strip())
    seconds = float(match[1]) * _SECONDS[match[2] or "s"] if match else 0.0
    if not seconds:
        message = f"{where} is {ascii(text)[:40]}; expected a time above 0 as in 60s or 2min"
        raise BatchmarkError(message)
    return seconds
