"""The gradient noise scale along a training, as people read it."""

from collections.abc import Mapping

from batchmark.report.laboratory_page import Page, Told, number, number_with_interval
from batchmark.report.tables import Column
from batchmark.report.units import learning_rate
from batchmark.studies.questions.noise_along import NoiseAnswer, NoiseLook
from batchmark.trainings import ALL_AT_ONCE

_COLUMNS = (
    Column("steps"),
    Column("validation\nloss", name="validation loss"),
    Column("|G|²"),
    Column("trΣ"),
    Column("noise scale,\nexamples", "left", name="noise scale, examples"),
    Column("n"),
)


def noise_scale_page(answer: NoiseAnswer, facts: Mapping[str, object], stopped: str | None = None) -> Page:
    """Return what is told of an answer."""
    design = answer.design
    small, large = design.gradients
    asked = (
        f"Trained at batch size {design.batch_size}, learning rate {learning_rate(design.learning_rate)}, "
        f"{design.epochs} epochs, {design.seeds} seeds; gradients at batch sizes {small} and {large}."
    )
    rows = tuple(_row(look) for look in answer.looks)
    caption = "Along the training, 95 % intervals over seeds"
    how = () if answer.method == ALL_AT_ONCE else (f"Trained {answer.method}.",)
    return Page(
        f"Gradient noise scale of {design.workload}",
        facts,
        answer.sentence,
        (asked,),
        (Told(caption, _COLUMNS, rows),),
        (*answer.notes, *how),
        stopped,
    )


def _row(look: NoiseLook) -> tuple[str, ...]:
    scale = number_with_interval(look.scale) if look.scale else look.why
    return (
        f"{look.steps:,}",
        number(look.loss),
        number(look.gradient_squared),
        number(look.trace),
        scale,
        str(look.gradient_squared.n),
    )
