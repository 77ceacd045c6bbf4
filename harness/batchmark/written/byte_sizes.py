"""Amounts of memory as people write and read them: ``8GiB``, ``512 MiB``, ``8GB``, plain bytes.

Note: tried humanfriendly 10.0, which reads ``8 bananas`` as 8 bytes and ``8 minutes`` as 8 MB, and bitmath 2.1.1,
which takes ``8GB`` for 8 GiB unless it is strict and then refuses ``8KB`` and plain bytes, and lets ``-1GiB``
pass; rejected because a limit that is silently another one gives a wrong answer.
"""

import re
from fractions import Fraction

from batchmark.errors import PolicyError

_SIZE = re.compile(r"(?P<number>[0-9]{1,18}(?:\.[0-9]{1,18})?)\s*(?P<prefix>[kmgt]i?)?(?P<unit>b?)", re.IGNORECASE)
_PREFIXES = "kmgt"
_BINARY = ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def parse_bytes(value: object, where: str) -> int:
    """Return the bytes that `value` is: a number with a unit (KiB, MiB, GiB, TiB; kB, MB, GB, TB), or without one.

    Upper and lower case are the same. Raises PolicyError: something else, or less than one byte.
    """
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    # 8G is a binary unit to some programs and a decimal one to others.
    is_whole = match is not None and not (match["prefix"] and not match["unit"])
    size = int(Fraction(match["number"]) * _factor(match["prefix"] or "")) if match and is_whole else 0
    if size < 1:
        message = f"{where} is {ascii(value)[:60]}; expected an amount of memory as in 8GiB, 512MiB or 8GB, or bytes"
        raise PolicyError(message)
    return size


def unit_of_bytes(value: float) -> tuple[int, str]:
    """Return the binary unit that suits `value`, in bytes and by name: ``(1 << 30, "GiB")``."""
    # Rounded first: what is nearly 1 GiB is printed as 1 GiB, not as 1024 MiB.
    return next((entry for entry in _BINARY if abs(value) >= 0.9995 * entry[0]), (1, "bytes"))


def format_bytes(value: float) -> str:
    """Return `value` in the binary unit that suits it, with about three digits: ``8 GiB``, ``1.04 GiB``."""
    size, unit = unit_of_bytes(value)
    number = f"{value / size:.{2 if abs(value) < 10 * size else 1 if abs(value) < 100 * size else 0}f}"
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} {unit}"


def _factor(prefix: str) -> int:
    if not prefix:
        return 1
    base = 1024 if prefix.lower().endswith("i") else 1000
    return int(base ** (1 + _PREFIXES.index(prefix[0].lower())))
