"""Numbers as people read them: scaled, with about three digits, an interval in its value's own unit."""

import math

from batchmark.metrics.metric import Unit
from batchmark.records import Estimate
from batchmark.written.byte_sizes import format_bytes, unit_of_bytes

NOTHING = "-"
"""Stands where there is no number."""
# Of a number whose unit is a workload's own.
_DECIMALS_OF_ITS_OWN = 4
_SIGNIFICANT_DIGITS = 3
# A longer number is an order of magnitude, as the bound that two turns give: 3e+45.
_LONGEST = 9
_SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def size_in_bytes(value: float) -> str:
    """Return `value`, in bytes, in the binary unit that suits it: ``682 MiB``."""
    return format_bytes(value) if math.isfinite(value) else NOTHING


def size_with_interval(estimate: Estimate) -> tuple[str, str]:
    """Return a number of bytes and its interval in the same unit."""
    if not math.isfinite(estimate.value):
        return NOTHING, NOTHING
    size, unit = unit_of_bytes(estimate.value)
    number, interval = number_with_interval(estimate, 1 / size)
    return f"{number} {unit}", interval


def seconds(value: float) -> str:
    """Return `value`, in seconds, in the unit that suits it: ``4.21 ms``."""
    return seconds_with_interval(Estimate(value, None, None, 0.0, 0))[0]


def seconds_with_interval(estimate: Estimate) -> tuple[str, str]:
    """Return a value in seconds and its interval in the same unit: ``4.21 ms`` and ``[4.10, 4.35]``."""
    if not math.isfinite(estimate.value):
        return NOTHING, NOTHING
    # Rounded first: 0.9999 ms is printed as 1.00 ms, not as 1000 µs.
    rounded = float(f"{estimate.value:.{_SIGNIFICANT_DIGITS - 1}e}")
    size, unit = next((entry for entry in _SECONDS if abs(rounded) >= entry[0]), _SECONDS[-1])
    number, interval = number_with_interval(estimate, 1 / size)
    return f"{number} {unit}", interval


def number_with_interval(estimate: Estimate, scale: float = 1.0, decimals: int | None = None) -> tuple[str, str]:
    """Return a value times `scale` and its interval, both with the same number of decimals.

    Without `decimals` the value gets three significant digits.
    """
    if not math.isfinite(estimate.value):
        return NOTHING, NOTHING
    value = estimate.value * scale
    places = _decimals(value) if decimals is None else decimals
    if estimate.low is None or estimate.high is None:
        return f"{value:.{places}f}", NOTHING
    low, high = (_bound(bound * scale, f".{places}f") for bound in (estimate.low, estimate.high))
    return f"{value:.{places}f}", f"[{low}, {high}]"


def _bound(value: float, form: str) -> str:
    return text if len(text := f"{value:{form}}") <= _LONGEST else f"{value:.0e}"


def in_unit(value: float, unit: Unit) -> str:
    """Return `value`, in a metric's base unit: ``4.21 ms``, ``682 MiB``, ``1,203``, ``0.8750`` of a workload's own."""
    match unit:
        case Unit.SECONDS:
            return seconds(value)
        case Unit.BYTES:
            return size_in_bytes(value)
        case Unit.JOULES:
            return joules(value)
        case Unit.COUNT:
            return rate(value)
        case Unit.ITS_OWN:
            return f"{value:.{_DECIMALS_OF_ITS_OWN}f}" if math.isfinite(value) else NOTHING


_JOULES = ((1e3, "kJ"), (1.0, "J"), (1e-3, "mJ"), (1e-6, "µJ"))


def joules(value: float) -> str:
    """Return an amount of energy: ``12.4 J``, ``3.10 kJ``."""
    if not math.isfinite(value):
        return NOTHING
    scaled, unit = next((value / scale, unit) for scale, unit in _JOULES if value >= scale or scale == _JOULES[-1][0])
    return f"{scaled:,.{_decimals(scaled)}f} {unit}"


def decimals_of(unit: Unit) -> int | None:
    """Return how many decimals every number in a unit has; None: as many as three significant digits take."""
    return _DECIMALS_OF_ITS_OWN if unit is Unit.ITS_OWN else None


def signed_with_interval(estimate: Estimate, *, decimals: int | None) -> tuple[str, str]:
    """Return a difference and its interval with their signs: ``+0.0021`` and ``[-0.0010, +0.0052]``."""
    places = _decimals(estimate.value) if decimals is None else decimals
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:+,.{places}f}", NOTHING
    low, high = (_bound(bound, f"+,.{places}f") for bound in (estimate.low, estimate.high))
    return f"{estimate.value:+,.{places}f}", f"[{low}, {high}]"


def rate(value: float) -> str:
    """Return a rate with separated thousands: ``118,765``."""
    if not math.isfinite(value):
        return NOTHING
    return f"{value:,.{_decimals(value)}f}"


def learning_rate(value: float | None) -> str:
    """Return a learning rate, or whose it is where the workload doesn't set it."""
    return "the model's own" if value is None else f"{value:g}"


def may_be_stuck(share: float, cost: float) -> str:
    """Return ``up to 3.7 % of seeds may be stuck unseen, and cost 0.018``; an infinite `cost` isn't known."""
    told = f"up to {100 * share:.2g} % of seeds may be stuck unseen"
    if not math.isfinite(cost):
        return f"{told}, and what that costs isn't known: give the workload quality_if_stuck=..."
    return f"{told}, and cost {cost:.2g}"


def percent(share: float, *, signed: bool = False) -> str:
    """Return a share as percent, with one decimal below 10 %: ``2.1 %``, or ``+12 %`` if `signed`."""
    value = 100 * share
    places = 0 if abs(value) >= 10 or value == round(value) else 1  # noqa: PLR2004  two digits are enough
    return f"{value:{'+' if signed else ''}.{places}f} %"


def enumeration(items: list[str]) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _decimals(value: float) -> int:
    if value == 0:
        return 0
    return max(0, _SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(abs(float(f"{value:.{_SIGNIFICANT_DIGITS - 1}e}")))))
