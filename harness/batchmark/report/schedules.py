"""Two ways of training against each other, as people read it."""

from collections.abc import Mapping

from batchmark.report.laboratory_page import Page, Told, number_with_interval
from batchmark.report.tables import Column
from batchmark.report.units import learning_rate, seconds
from batchmark.studies.questions.schedules_against import SchedulesAnswer, Side

_SIDES = (Column("", "left", name="side by side"), Column("reference", "left"), Column("candidate", "left"))
_DIFFERENCES = (
    Column("candidate minus reference", "left"),
    Column("difference", "left"),
    Column("n"),
    Column("verdict", "left"),
)


def schedules_page(answer: SchedulesAnswer, facts: Mapping[str, object], stopped: str | None = None) -> Page:
    """Return what is told of an answer."""
    sides = (answer.reference, answer.candidate)
    return Page(
        f"Two ways of training {answer.workload}",
        facts,
        answer.sentence,
        tuple(_asked(side) for side in sides),
        (
            Told("Side by side, medians over seeds", _SIDES, _side_by_side(answer)),
            Told("Paired by seed", _DIFFERENCES, _differences(answer)),
        ),
        answer.notes,
        stopped,
    )


def _asked(side: Side) -> str:
    phases = ", then ".join(
        f"{each.epochs} epochs at batch size {each.batch_size}, rate {learning_rate(each.learning_rate)}"
        for each in side.phases
    )
    settings = "".join(f"; {name} {value:.9g}" for name, value in side.settings.items())
    return f"{side.name.capitalize()}: {phases}{settings}."


def _side_by_side(answer: SchedulesAnswer) -> tuple[tuple[str, ...], ...]:
    def row(name: str, told: list[str]) -> tuple[str, ...]:
        return (name, *told)

    sides = (answer.reference, answer.candidate)
    return (
        row(f"quality ({answer.quality_metric})", [number_with_interval(side.quality) for side in sides]),
        row("loss", [number_with_interval(side.loss) for side in sides]),
        row("updates", [f"{side.updates:,}" for side in sides]),
        row("examples", [f"{side.examples:,}" for side in sides]),
        row("seconds, all seeds", [seconds(side.seconds) for side in sides]),
        row("diverged", [f"{side.diverged} of {side.seeds}" for side in sides]),
    )


def _differences(answer: SchedulesAnswer) -> tuple[tuple[str, ...], ...]:
    verdict = str(answer.verdict or "")
    rows = [("quality, median", number_with_interval(answer.quality), str(answer.quality.n), "")]
    if answer.mean_quality is not None:
        mean = answer.mean_quality
        rows.append((f"quality, mean (margin ±{answer.margin:g})", number_with_interval(mean), str(mean.n), verdict))
    rows.append(("loss, median", number_with_interval(answer.loss), str(answer.loss.n), ""))
    if answer.gap is not None:
        gap = answer.gap
        what = f"validation loss where it is furthest apart, after {gap.examples:,} examples"
        rows.append((what, number_with_interval(gap.difference), str(gap.difference.n), ""))
    return tuple(rows)
