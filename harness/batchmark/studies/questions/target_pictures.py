"""Pictures of what it takes to reach a target: by batch size, with the fitted trade-off, and along the trainings."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from batchmark.records import Estimate
from batchmark.studies.claims.claim import Line, Picture
from batchmark.studies.questions.target_across import ReachedAt, TargetAnswer


def target_pictures(answer: TargetAnswer) -> tuple[Picture, ...]:
    """Return a picture of seconds, learning curves, and a picture of updates and of examples.

    Sizes whose median is infinite are left out, but for their learning curves.
    """
    balance = answer.trade_off.balance.value
    fewest_steps, fewest_examples = answer.trade_off.fewest_steps.value, answer.trade_off.fewest_examples.value
    by_size = [
        _picture("Updates", "updates", answer, lambda at: at.updates, lambda b: fewest_steps * (1 + balance / b)),
        _picture("Examples", "examples", answer, lambda at: at.examples, lambda b: fewest_examples * (1 + b / balance)),
    ]
    seconds = [] if answer.why_no_seconds else [_picture("Seconds", "seconds", answer, lambda at: at.seconds)]
    return (*seconds, *_learning_curves(answer), *by_size)


def _learning_curves(answer: TargetAnswer) -> list[Picture]:
    """Return what is to reach the target along the trainings: by the time that they take, and by epochs."""
    examples = answer.design.workload.examples
    # A file may be older than the curves.
    by_seconds = [
        replace(line, x=tuple(epochs * _steps(examples, at) * at.seconds_per_update for epochs in line.x))
        for line, at in zip(answer.curves, answer.sizes, strict=False)
        if at.seconds_per_update is not None
    ]
    both = (("seconds of training by fit", by_seconds), ("epochs", answer.curves))
    return [
        Picture(
            f"Learning curves by {axis}",
            axis,
            answer.metric,
            (*lines, _at_target(answer, lines)),
            x_is_logarithmic=True,
        )
        for axis, lines in both
        if any(line.x for line in lines)
    ]


def _steps(examples: int, at: ReachedAt) -> int:
    """Return the updates of an epoch."""
    return -(-examples // at.batch_size)


def _at_target(answer: TargetAnswer, lines: Sequence[Line]) -> Line:
    """Return the target, as far as the curves reach."""
    places = [place for line in lines for place in line.x]
    return Line(f"the target, {answer.design.target:g}", (min(places), max(places)), (answer.design.target,) * 2)


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
