"""The command `target`: what it takes each batch size to reach a quality or a loss."""

from pathlib import Path

import click

from batchmark.doors import choices, laboratory_verbs
from batchmark.doors.laboratory_options import (
    BUDGET,
    EPOCHS,
    GRID_OF_RATES,
    JUDGED_SEEDS,
    TARGET_LOSS,
    TARGET_QUALITY,
    TUNING_SEEDS,
)
from batchmark.doors.laboratory_verbs import Wanted, show
from batchmark.doors.options import JSON, KEEP, MARKDOWN, option
from batchmark.doors.pictures import PLOT
from batchmark.errors import BatchmarkError
from batchmark.studies.questions.sizes import sizes_around
from batchmark.studies.questions.target_across import TargetDesign, judge, then
from batchmark.workloads.workload import Description
from batchmark.written.numbers import parse_numbers

_LARGER = 2


@click.command(
    epilog="Exit codes: 0 a batch size reaches it, by more than half of its seeds; 1 none does; 2 something is "
    "missing, or it did not finish."
)
@click.argument("workload")
@option(TARGET_QUALITY)
@option(TARGET_LOSS)
@option(choices.BATCH_SIZES, show_default="the workload's reference, a quarter, 4 and 16 times of it")
@option(GRID_OF_RATES)
@option(TUNING_SEEDS, default=5, show_default=True)
@option(JUDGED_SEEDS, default=10, show_default=True)
@option(EPOCHS)
@option(BUDGET)
@option(KEEP)
@option(PLOT, "folder")
@option(MARKDOWN)
@option(JSON, "json_file")
def target(  # noqa: PLR0917  click passes them by name
    workload: str,
    quality: float | None,
    loss: float | None,
    batch_sizes: str | None,
    rates: str | None,
    tuning_seeds: int,
    seeds: int,
    epochs: int | None,
    budget: float | None,
    keep: Path | None,
    folder: Path | None,
    markdown: Path | None,
    json_file: Path | None,
) -> None:
    """Find what it takes to train WORKLOAD, built-in or package.module:attribute, to a target: --quality or --loss.

    Median updates, examples and seconds by batch size, each at its best learning rate, how updates trade against
    examples, and the critical batch size.
    """
    value, is_quality = _target(quality, loss)
    wanted = Wanted(folder, markdown, json_file)
    wanted.require()

    def question(described: Description) -> TargetDesign:
        return TargetDesign(
            described,
            sizes_around(described, batch_sizes, larger=_LARGER),
            value,
            is_quality,
            seeds,
            tuning_seeds,
            epochs or described.epochs,
            () if rates is None else parse_numbers(rates, "--rates"),
        )

    found = laboratory_verbs.put(workload, question, keep=keep, budget=budget, then=then)
    answer = found.judged(judge)
    show(found.stored(answer), "target", wanted)
    if not (found.is_whole and answer.is_whole):
        click.get_current_context().exit(2)
    if not answer.is_reached:
        click.get_current_context().exit(1)


def _target(quality: float | None, loss: float | None) -> tuple[float, bool]:
    """Return what is to be reached, and whether it is a quality.

    Raises BatchmarkError: neither is named, or both.
    """
    if quality is not None and loss is None:
        return quality, True
    if loss is not None and quality is None:
        return loss, False
    named = "both --quality and --loss" if loss is not None else "no target"
    message = f"{named}; name one, as --quality 0.95 or --loss 0.5"
    raise BatchmarkError(message)
