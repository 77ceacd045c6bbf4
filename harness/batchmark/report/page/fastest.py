"""Which batch size and loop of one workload are the fastest, of all its loops: in a line."""

from collections.abc import Sequence

from batchmark.analysis.recommendation import KNEE_TOLERANCE
from batchmark.report.answer import how_sure
from batchmark.report.units import percent, rate
from batchmark.studies.sweep.answer import Answer, answer
from batchmark.studies.sweep.summary import GroupSummary


def fastest_of(summaries: Sequence[GroupSummary]) -> Answer | None:
    """Return the answer of the loop with the highest throughput; None where nothing is compared."""
    answers = [each for each in map(answer, summaries) if each is not None]
    return max(answers, key=lambda each: each.examples_per_second, default=None)


def say_fastest(summaries: Sequence[GroupSummary]) -> str:
    """Return ``batch size 128 with compiled is the fastest, 482,172 examples/s; 50 is within 5 % of it``."""
    best = fastest_of(summaries)
    if best is None:
        return "nothing was measured that can be compared"
    speed = f"batch size {best.fastest} with {best.loop} is the fastest, {rate(best.examples_per_second)} examples/s"
    is_knee_told = best.turns_are_enough and best.knee != best.fastest
    knee = f"; {best.knee} is within {percent(KNEE_TOLERANCE)} of it" if is_knee_told else ""
    return f"{speed}{how_sure(best)}{knee}"
