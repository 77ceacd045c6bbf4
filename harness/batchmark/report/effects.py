"""Effects of claims as people read them: a value and its interval, which may reach to infinity."""

import math
from collections.abc import Sequence

from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer, Condition, Finding
from batchmark.written.byte_sizes import unit_of_bytes

NOT_KNOWN = "not known"
NO_INTERVAL = "no interval"
_INFINITE = "∞"
_SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_SIGNIFICANT_DIGITS = 3
_MOST_PLACES = 6
# A longer number is an order of magnitude: 3.0e+45.
_LONGEST = 11
# Of an interval's width, as of 0.0006, one digit is enough where it is at least this; two where it is less.
_LARGE_DIGIT = 6


def effect(condition: Condition) -> str:
    """Return a condition's value with its unit: ``13.6 ×``, ``4.21 ms``, ``-0.0012``, ``∞``."""
    return _told(condition)[0]


def interval(condition: Condition) -> str:
    """Return its interval in the same unit: ``[13.0, 18.0]``, ``[0.012, ∞]``; or that there is none."""
    return _told(condition)[1]


def effect_with_interval(condition: Condition) -> str:
    """Return both in one: ``13.6 × [13.0, 18.0]``, ``13.6 × (no interval)``."""
    value, around = _told(condition)
    return f"{value} {around if around != NO_INTERVAL else f'({NO_INTERVAL})'}"


def deciding(finding: Finding) -> Condition | None:
    """Return the condition that a verdict rests on: the first that has the same.

    The first one where nothing was judged; None without any.
    """
    judged = [condition for condition in finding.conditions if condition.answer is not None]
    return next(
        (each for each in judged if each.answer is finding.answer), next(iter(judged or finding.conditions), None)
    )


def say_levels(conditions: Sequence[Condition]) -> str:
    """Return what the intervals of judged conditions hold at: ``99.4 %``, ``95 to 99.4 %``; empty without any.

    A count that is exact has no level.
    """
    levels = {c.estimate.level for c in conditions if c.answer is not None and c.estimate.has_interval}
    told = sorted({100 * level for level in levels if level < 1})
    return f"{' to '.join(f'{level:.4g}' for level in dict.fromkeys((told[0], told[-1])))} %" if told else ""


def in_words(answer: Answer) -> str:
    """Return a verdict as a sentence begins with it."""
    return answer.value.capitalize()


def _told(condition: Condition) -> tuple[str, str]:
    estimate = condition.estimate
    size, unit = _unit_of(condition.unit, _anchor(estimate))
    value, low, high = (None if each is None else each / size for each in (estimate.value, estimate.low, estimate.high))
    places = _places(value, low, high)
    number = _number(value, places)
    named = f"{number} {unit}" if unit and number[-1:].isdigit() else number
    # An end that isn't known is said where the other one is.
    bare = low is None or high is None or (math.isnan(low) and math.isnan(high))
    return named, NO_INTERVAL if bare else f"[{_number(low, places)}, {_number(high, places)}]"


def _anchor(estimate: Estimate) -> float:
    """Return a finite number of an estimate, by which the unit of all is chosen."""
    ends = (estimate.value, estimate.low, estimate.high)
    return next((each for each in ends if each is not None and math.isfinite(each) and each), 0.0)


def _unit_of(unit: str, anchor: float) -> tuple[float, str]:
    if unit == "bytes":
        return unit_of_bytes(anchor)
    if unit != "s" or not anchor:
        return 1.0, unit
    # Rounded first: 0.9999 ms is printed as 1.00 ms, not as 1000 µs.
    rounded = abs(float(f"{anchor:.{_SIGNIFICANT_DIGITS - 1}e}"))
    return next((entry for entry in _SECONDS if rounded >= entry[0]), _SECONDS[-1])


def _places(value: float | None, low: float | None, high: float | None) -> int:
    """Return how many decimals tell an estimate: as many as its interval bears out, and not far beyond its value's."""
    finite = [each for each in (value, low, high) if each is not None and math.isfinite(each)]
    # Without a value that is finite, by what is.
    known = value if value is not None and math.isfinite(value) else max(finite, key=abs, default=0.0)
    width = max(finite) - min(finite) if finite else 0.0
    own = _decimals(known)
    if not width:
        return 0 if all(each.is_integer() for each in finite) else min(own, _MOST_PLACES)
    told = 1 - math.floor(math.log10(width))
    told -= int(f"{width:e}"[0]) >= _LARGE_DIGIT
    return max(0, min(told, own + 2 if known else told, _MOST_PLACES))


def _decimals(value: float) -> int:
    if value == 0:
        return 0
    return max(0, _SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(abs(float(f"{value:.{_SIGNIFICANT_DIGITS - 1}e}")))))


def _number(value: float | None, places: int) -> str:
    if value is None or math.isnan(value):
        return NOT_KNOWN
    if math.isinf(value):
        return _INFINITE if value > 0 else f"-{_INFINITE}"
    text = f"{value:,.{places}f}"
    if text == f"-{0:.{places}f}":
        text = text[1:]
    is_lost = bool(value) and not float(text.replace(",", "")) and places == _MOST_PLACES
    return f"{value:.1e}" if is_lost or len(text) > _LONGEST else text
