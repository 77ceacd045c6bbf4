"""Pictures of what it takes to reach a target, by batch size, with the fitted trade-off."""

import math
from collections.abc import Callable, Sequence

from batchmark.records import Estimate
from batchmark.studies.claims.claim import Line, Picture
from batchmark.studies.questions.target_across import ReachedAt, TargetAnswer


def target_pictures(answer: TargetAnswer) -> tuple[Picture, ...]:
    """Return a picture of updates, of examples and of seconds; sizes whose median is infinite are left out."""
    balance = answer.trade_off.balance.value
    fewest_steps, fewest_examples = answer.trade_off.fewest_steps.value, answer.trade_off.fewest_examples.value
    drawn = [
        _picture("Updates", "updates", answer, lambda at: at.updates, lambda b: fewest_steps * (1 + balance / b)),
        _picture("Examples", "examples", answer, lambda at: at.examples, lambda b: fewest_examples * (1 + b / balance)),
    ]
    if not answer.why_no_seconds:
        drawn.append(_picture("Seconds", "seconds", answer, lambda at: at.seconds))
    return tuple(drawn)


def _picture(
    name: str,
    axis: str,
    answer: TargetAnswer,
    of: Callable[[ReachedAt], Estimate | None],
    fitted: Callable[[float], float] | None = None,
) -> Picture:
    lines = [_line(f"median over seeds, {answer.metric}", answer.sizes, of)]
    has_curve = not answer.trade_off.refused and 0 < answer.trade_off.balance.value < math.inf
    if fitted is not None and has_curve:
        places = tuple(float(at.batch_size) for at in answer.sizes)
        lines.append(Line("fitted trade-off", places, tuple(fitted(place) for place in places)))
    title = f"{name} to {answer.metric} {answer.design.target:g}"
    return Picture(title, "batch size", axis, tuple(lines), x_is_logarithmic=True, y_is_logarithmic=True)


def _line(name: str, sizes: Sequence[ReachedAt], of: Callable[[ReachedAt], Estimate | None]) -> Line:
    known = [(at.batch_size, found) for at in sizes if (found := of(at)) and math.isfinite(found.value)]
    return Line(
        name,
        tuple(float(size) for size, _ in known),
        tuple(found.value for _, found in known),
        tuple(math.nan if found.low is None else found.low for _, found in known),
        tuple(math.nan if found.high is None else found.high for _, found in known),
    )
