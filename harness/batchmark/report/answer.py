"""What a sweep answers, before anything else: three lines for each workload and loop."""

import math
from collections.abc import Sequence

from batchmark.analysis.power_of_two import Contrast, Outcome
from batchmark.records import Estimate
from batchmark.report.units import enumeration, number_with_interval, percent, rate
from batchmark.studies.sweep.answer import Answer, Price, answer
from batchmark.studies.sweep.summary import GroupSummary

# "No difference beyond ±40 %" would be true, and taken for good news.
_SMALL = 0.05
_MOST_NAMED = 3


def say_answers(summaries: Sequence[GroupSummary]) -> list[str]:
    """Return at most three lines for each group that has something to compare, in the summaries' order."""
    return [line for summary in summaries if (found := answer(summary)) for line in say_answer(found)]


def say_answer(found: Answer) -> list[str]:
    """Return the fastest and the knee, what powers of two make, and what the far end of the grid costs."""
    who, speed = f"{found.workload}, {found.loop}", f"{rate(found.examples_per_second)} examples/s"
    if found.price is None:
        return [f"{who}: batch size {found.fastest}, {speed}."]
    first = f"{who}: fastest {found.fastest} ({speed}{how_sure(found)}), knee {found.knee}."
    lines = [_powers(found), _price(found.price, found.fastest)]
    return [first, *(f"  {line}" for line in lines if line)]


def how_sure(found: Answer) -> str:
    """Return what keeps the fastest from being told from others: ``; 64 may be as fast``, or nothing."""
    if not found.turns_are_enough:
        return f"; {found.turns} {'turn is' if found.turns == 1 else 'turns are'} too few to tell"
    others = found.perhaps_as_fast
    if not others:
        return ""
    named = enumeration([str(size) for size in others]) if len(others) <= _MOST_NAMED else f"{len(others)} others"
    return f"; {named} may be as fast"


def _powers(found: Answer) -> str:
    conclusion, beyond = found.powers, found.no_difference_beyond
    if conclusion.outcome is Outcome.NOT_MEASURED:
        return ""
    who = "Powers of two" if found.against_neighbours else "Beside round sizes, powers of two"
    sides = (("faster", conclusion.faster), ("slower", conclusion.slower))
    if told := [f"{way} at {by_how_much(contrasts)}" for way, contrasts in sides if contrasts]:
        return f"{who} are {', '.join(told)}."
    if beyond is None:
        return f"{who}: {conclusion.contrasts[0].ratio.n} turns are too few to tell."
    if beyond <= _SMALL:
        return f"{who} make no difference beyond ±{_at_most(beyond)}."
    return f"{who} make no difference that is found; ±{_at_most(beyond)} is not ruled out."


def _price(price: Price | None, fastest: int) -> str:
    if price is None or not math.isfinite(price.times.value):
        return ""
    if price.times.lies_beyond(1.0, 1.0) or not price.times.has_interval:
        return f"Batch size {price.batch_size} costs {_times(price.times)} as much as {fastest}."
    return f"Batch size {price.batch_size} is not measurably slower than {fastest}."


def _times(estimate: Estimate) -> str:
    value, interval = number_with_interval(estimate)
    return f"{value} times {interval}" if estimate.has_interval else f"{value} times (too few turns for an interval)"


def by_how_much(contrasts: Sequence[Contrast]) -> str:
    """Return which powers of two, and by what range: ``64 and 128 by 4.8 % to 7.1 %``."""
    effects = [percent(effect) for effect in sorted(abs(c.ratio.value - 1) for c in contrasts)]
    by = f"{effects[0]} to {effects[-1]}" if len(set(effects)) > 1 else "".join(effects[:1])
    return f"{enumeration([str(contrast.comparison.batch_size) for contrast in contrasts])} by {by}"


def _at_most(share: float) -> str:
    """Return a bound as percent, rounded up: what is said has to be true."""
    places = 3 if share < 0.1 else 2  # noqa: PLR2004  as `percent` prints them
    return percent(math.ceil(round(share * 10**places, 6)) / 10**places)
