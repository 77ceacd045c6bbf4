"""Whether other batch sizes train as well as the reference does, as people read it."""

import math
from collections.abc import Mapping

from batchmark.report.laboratory_page import Page, Told, number, number_with_interval
from batchmark.report.tables import Column
from batchmark.report.units import learning_rate, may_be_stuck
from batchmark.studies.questions.quality_across import AtSize, QualityAnswer, QualityAt

_LEVEL = 95


def quality_page(answer: QualityAnswer, facts: Mapping[str, object], stopped: str | None = None) -> Page:
    """Return what is told of an answer."""
    design = answer.design
    asked = (
        f"{design.seeds} seeds; {design.epochs} epochs at batch size {design.reference}, the reference; quality is "
        f"{answer.metric} on fresh examples, higher is better."
    )
    return Page(
        f"Final quality of {design.workload.name} by batch size",
        facts,
        answer.sentence,
        (asked,),
        tuple(_table(answer, each) for each in answer.found if not each.why),
        (*_basis(answer), *answer.notes, *_methods(answer)),
        stopped,
    )


def _table(answer: QualityAnswer, found: QualityAt) -> Told:
    columns = (
        Column("batch\nsize"),
        Column("rate", rank=1, name="learning rate"),
        Column("epochs", rank=4),
        Column("updates", rank=3),
        Column("quality"),
        Column(f"minus that at {answer.design.reference}", "left"),
        Column("mean difference", "left", rank=5),
        Column("verdict", "left"),
        Column("diverged", rank=2),
    )
    rows = tuple(_row(answer, each) for each in found.sizes)
    caption = f"{found.budget[0].upper()}{found.budget[1:]}, {found.rate}: medians over seeds, {_LEVEL} % intervals"
    return Told(caption, columns, rows)


def _row(answer: QualityAnswer, size: AtSize) -> tuple[str, ...]:
    against = size.against
    rate = "own" if size.learning_rate is None else learning_rate(_rounded(size.learning_rate))
    return (
        str(size.batch_size),
        rate,
        str(size.epochs),
        f"{size.updates:,}",
        number(size.quality),
        "reference" if against is None else number_with_interval(against.difference),
        "" if against is None else number_with_interval(against.mean),
        "" if against is None else str(against.verdict or "no margin"),
        f"{size.diverged} of {answer.design.seeds}",
    )


def _basis(answer: QualityAnswer) -> list[str]:
    """Return what the verdicts rest on."""
    judged = [each.against for at in answer.found for each in at.sizes if each.against]
    if answer.margin <= 0:
        return ["Nothing is judged: give the workload quality_margin=..., the difference that would matter."]
    worst = max(judged, key=lambda each: each.unseen_share * (each.cost if math.isfinite(each.cost) else math.inf))
    together = f", as {answer.family} comparisons are read together" if answer.family > 1 else ""
    rests = f"A verdict rests on the mean difference with its {100 * answer.level:.4g} % interval{together}"
    stuck = _capital(may_be_stuck(worst.unseen_share, worst.cost))
    return [f"{rests}; margin ±{answer.margin:g}. {stuck}."]


def _methods(answer: QualityAnswer) -> list[str]:
    methods = dict.fromkeys(each.method for at in answer.found for each in at.sizes)
    return [f"Seeds were trained {', '.join(_told(each) for each in methods)}."]


def _told(method: str) -> str:
    return "all at once" if method == "stacked" else method


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def _rounded(rate: float) -> float:
    """Return a rate to three digits: one that follows a square root has many."""
    return float(f"{rate:.3g}")
