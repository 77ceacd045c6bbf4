"""The command `observe`: what an instrument sees of trainings at several batch sizes."""

from pathlib import Path

import click

from batchmark.doors import laboratory_verbs
from batchmark.doors.choices import Choice, Kind
from batchmark.doors.laboratory_options import BUDGET, BUDGETS, EPOCHS, LOOKS, RATES
from batchmark.doors.laboratory_verbs import Wanted, show
from batchmark.doors.options import JSON, KEEP, MARKDOWN, option
from batchmark.doors.pictures import PLOT
from batchmark.studies.claims.by_budget import Budget, Rate
from batchmark.studies.questions.observed_across import FEWEST_SEEDS, OBSERVED, ObserveDesign, judge
from batchmark.workloads.workload import Description
from batchmark.written.batch_sizes import parse_batch_sizes

_APART = 4
_INSTRUMENT = Choice(
    "instrument",
    Kind.ONE_OF,
    "What is looked at: the distance from the initial weights, the variance of the gradient by layer, Keskar's "
    "sharpness, or the loss on all training examples.",
    words=tuple(OBSERVED),
)
_SEEDS = Choice("seeds", Kind.COUNT, "Trainings at each batch size.", least=FEWEST_SEEDS)
_BATCH_SIZES = Choice(
    "batch-sizes",
    Kind.GRID,
    "Those that are trained at (default: the workload's reference, a quarter and four times of it). They are compared "
    "with the reference where it is among them, else with the smallest.",
)


@click.command(epilog="Exit codes: 0 everything that was asked for was seen; 2 something wasn't, or it did not finish.")
@click.argument("workload")
@option(_INSTRUMENT, required=True)
@option(_BATCH_SIZES)
@option(RATES, default=("fixed",), show_default=True)
@option(BUDGETS, default=("epochs", "updates"), show_default=True)
@option(_SEEDS, default=10, show_default=True)
@option(EPOCHS)
@option(LOOKS, default=4, show_default=True)
@option(BUDGET)
@option(KEEP)
@option(PLOT, "folder")
@option(MARKDOWN)
@option(JSON, "json_file")
def observe(  # noqa: PLR0917  click passes them by name
    workload: str,
    instrument: str,
    batch_sizes: str | None,
    rates: tuple[str, ...],
    budgets: tuple[str, ...],
    seeds: int,
    epochs: int | None,
    looks: int,
    budget: float | None,
    keep: Path | None,
    folder: Path | None,
    markdown: Path | None,
    json_file: Path | None,
) -> None:
    """Look at trainings of WORKLOAD, built-in or package.module:attribute, at several batch sizes by an instrument.

    Along the trainings and at their end, with the ratio to the reference batch size, paired by seed, at equal epochs
    and at equal updates.
    """
    wanted = Wanted(folder, markdown, json_file)
    wanted.require()

    def question(described: Description) -> ObserveDesign:
        sizes = _sizes(batch_sizes, described, is_spread=instrument == "spread")
        reference = described.reference_batch_size
        return ObserveDesign(
            described.name,
            described.examples,
            instrument,
            sizes,
            reference if reference in sizes else sizes[0],
            seeds,
            epochs or described.epochs,
            tuple(Budget(f"equal {each}") for each in dict.fromkeys(budgets)),
            tuple(Rate(f"{each} rate") for each in dict.fromkeys(rates)),
            described.learning_rate,
            looks,
        )

    found = laboratory_verbs.put(workload, question, keep=keep, budget=budget)
    answer = found.judged(judge)
    show(found.stored(answer), f"observe-{instrument}", wanted)
    if not (found.is_whole and answer.is_whole):
        click.get_current_context().exit(2)


def _sizes(text: str | None, described: Description, *, is_spread: bool) -> tuple[int, ...]:
    if text is not None:
        return parse_batch_sizes(text, examples=described.examples)
    reference = described.reference_batch_size
    most = described.examples - 1 if is_spread else described.examples
    return tuple(
        size for size in dict.fromkeys((max(1, reference // _APART), reference, reference * _APART)) if size <= most
    )
