"""How near the choice of a batch size comes to an exhaustive search's, as text."""

import math
from statistics import median

from batchmark.report.tables import WIDTH, Column, render_table
from batchmark.report.units import learning_rate, percent, seconds
from batchmark.report.wrapping import wrapped
from batchmark.studies.ruler.choices import Choices, Repetition, Way

_COLUMNS = (
    Column("batch\nsize"),
    Column("best rate"),
    Column("to the target"),
    Column("longer than\nthe best"),
    Column("chosen"),
)


def render_choices(found: Choices) -> str:
    """Return the share of good choices, and what each size takes at its best rate."""
    title = f"Choosing a batch size for {found.workload}, against an exhaustive search"
    near = found.near
    lines = [
        _exhaustive(found),
        f"Chosen {near.n} times, of seeds and turns drawn anew: {_of(found)} within 5 % of it.",
        *_how_much_longer(found.repetitions),
    ]
    table = render_table(
        _COLUMNS, [_row(found, size) for size in sorted({way.batch_size for way in found.ways})], width=WIDTH
    )
    return "\n".join([title, "═" * len(title), wrapped(lines, WIDTH), "", table])


def _exhaustive(found: Choices) -> str:
    best, sizes = found.best, len({way.batch_size for way in found.ways})
    trained = f"{len(found.ways)} ways, {sizes} sizes at several rates each, from {found.seeds} seeds"
    at = f"{best.batch_size} at {learning_rate(best.learning_rate)}, {seconds(best.seconds)}"
    return f"{trained}: to {found.target:g} the best is {at}."


def _of(found: Choices) -> str:
    near = found.near
    if not near.n:
        return "none of 0"
    share = f"{percent(near.low or 0.0)} to {percent(near.high or 0.0)} at {percent(near.level)}"
    return f"{round(near.value * near.n)} of {near.n} ({share}) are"


def _how_much_longer(repetitions: tuple[Repetition, ...]) -> list[str]:
    if not repetitions:
        return []
    longer = sorted(each.longer for each in repetitions)
    worst = "nothing was recommended" if math.isinf(longer[-1]) else f"{percent(longer[-1])} longer"
    trained = median(each.seeds for each in repetitions)
    middle = percent(longer[len(longer) // 2])
    told = f"The median choice takes {middle} longer, the worst one: {worst}."
    return [f"{told} It takes {trained:,.0f} trainings in the median."]


def _row(found: Choices, size: int) -> tuple[str, ...]:
    way: Way = min((each for each in found.ways if each.batch_size == size), key=lambda each: each.seconds)
    chosen = sum(each.batch_size == size for each in found.repetitions)
    is_reached = math.isfinite(way.seconds)
    return (
        str(size),
        learning_rate(way.learning_rate),
        seconds(way.seconds) if is_reached else "never",
        percent(way.seconds / found.best.seconds - 1) if is_reached else "",
        f"{chosen} of {len(found.repetitions)}",
    )
