"""How often counters tell identical sides and planted calls right, as text."""

from batchmark.records import Estimate
from batchmark.report.tables import WIDTH
from batchmark.report.units import enumeration, percent, seconds
from batchmark.report.wrapping import wrapped
from batchmark.studies.ruler.counting import Shares


def render_counting(found: Shares, *, share: float) -> str:
    """Return the shares with their intervals, and what an identical run disagreed in."""
    title = "Counters, of identical sides and of planted calls"
    lines = [
        f"Identical sides agree in every counter in {_of(found.agreeing)} runs.",
        f"{percent(share)} more function calls are found in {_of(found.found)} runs.",
        f"A cell takes {seconds(found.seconds_per_cell)} (the median), of both sides together and their start with it.",
    ]
    if found.disagreeing:
        lines.append(f"Identical sides differed in {enumeration(list(found.disagreeing))}.")
    return "\n".join([title, "═" * len(title), wrapped(lines, WIDTH)])


def _of(share: Estimate) -> str:
    if not share.n:
        return "none of 0"
    low, high = share.low or 0.0, share.high or 0.0
    return f"{round(share.value * share.n)} of {share.n} ({percent(low)} to {percent(high)} at {percent(share.level)})"
