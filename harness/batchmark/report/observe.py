"""What an instrument saw of trainings at several batch sizes, as people read it."""

from collections.abc import Mapping, Sequence

from batchmark.report.effects import effect
from batchmark.report.laboratory_page import Page, Told, number, number_with_interval
from batchmark.report.tables import Column
from batchmark.report.units import learning_rate
from batchmark.studies.claims.claim import Condition
from batchmark.studies.questions.observed_across import AtSize, ObserveAnswer, Observed

_MOST_LOOKS = 4
"""Beside the end: all of them are in JSON and in the picture."""


def observe_page(answer: ObserveAnswer, facts: Mapping[str, object], stopped: str | None = None) -> Page:
    """Return what is told of an answer."""
    design = answer.design
    asked = (
        f"{design.seeds} seeds; {design.epochs} epochs at batch size {design.reference}, which the others are compared "
        "with."
    )
    tables = [
        told
        for at, each in enumerate(answer.observed)
        if not each.why
        for told in _tables(answer, each, has_layers=each.is_of_new_layers(answer.observed[:at]))
    ]
    return Page(
        f"{answer.what[0].upper()}{answer.what[1:]}, of {design.workload}",
        facts,
        _sentence(answer),
        (asked,),
        tuple(tables),
        answer.notes,
        stopped,
    )


def _sentence(answer: ObserveAnswer) -> str:
    """Return what is told of the largest batch size at each budget and rate."""
    parts = []
    for each in answer.observed:
        other = next((size for size in reversed(each.sizes) if size.ratio is not None), None)
        if other is None or other.ratio is None:
            continue
        ratio = number_with_interval(other.ratio, "×")
        parts.append(
            f"at {each.budget}, {each.rate}, batch size {other.batch_size} ends at {ratio} that of the reference"
        )
    return f"{'; '.join(parts).capitalize()}." if parts else "There is one batch size, and nothing to compare it with."


def _tables(answer: ObserveAnswer, found: Observed, *, has_layers: bool) -> list[Told]:
    name = f"{found.budget}, {found.rate}"
    tables = [_ends(answer, found, name)]
    if along := _along(answer, found, name):
        tables.append(along)
    if has_layers:
        tables.append(_layers(answer, found, name))
    return tables


def _ends(answer: ObserveAnswer, found: Observed, name: str) -> Told:
    columns = (
        Column("batch size"),
        Column("rate", rank=2, name="learning rate"),
        Column("epochs", rank=3),
        Column("updates"),
        Column("median", "left"),
        Column(f"to {answer.design.reference}", "left", name=f"ratio to {answer.design.reference}"),
        Column("n", rank=1),
    )
    rows = tuple(
        (
            str(size.batch_size),
            learning_rate(size.learning_rate) if size.learning_rate is not None else "own",
            str(size.epochs),
            f"{size.steps:,}",
            number_with_interval(size.value, answer.unit),
            "" if size.ratio is None else number_with_interval(size.ratio, "×"),
            str(size.value.n),
        )
        for size in found.sizes
    )
    return Told(f"At the end, {name}", columns, rows)


def _along(answer: ObserveAnswer, found: Observed, name: str) -> Told | None:
    """Return the medians at some looks, by the share of each training that was done; None where there is one look."""
    looks = min(len(size.along) for size in found.sizes)
    if looks < 2:  # noqa: PLR2004  the end alone
        return None
    shares = [round(at / _MOST_LOOKS, 2) for at in range(1, _MOST_LOOKS + 1)]
    columns = (Column("batch size"), *(Column(f"{share:.0%}".replace("%", " %")) for share in shares))
    rows = tuple((str(size.batch_size), *_at(size, shares, answer.unit)) for size in found.sizes)
    return Told(f"Along training, {name}: the median at about so much of it", columns, rows)


def _at(size: AtSize, shares: Sequence[float], unit: str) -> list[str]:
    epochs = [look.epochs for look in size.along]
    nearest = [min(range(len(epochs)), key=lambda at: abs(epochs[at] - share * size.epochs)) for share in shares]
    return [number(size.along[at].value, unit) for at in nearest]


def _layers(answer: ObserveAnswer, found: Observed, name: str) -> Told:
    sizes = answer.design.batch_sizes
    columns = (
        Column("layer", "left"),
        Column("slope on log B", "left"),
        *(Column(f"at {size}", rank=1 + at, name=f"variance at {size}") for at, size in enumerate(sizes)),
    )
    rows = tuple(
        (
            each.layer,
            number_with_interval(each.slope),
            *(effect(Condition("", variance)) for variance in each.variances),
        )
        for each in found.layers
    )
    trained = f"trained at {answer.design.reference}"
    return Told(f"Variance of the gradient by layer, {name}, {trained}", columns, rows)
