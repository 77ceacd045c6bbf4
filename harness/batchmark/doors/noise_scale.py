"""The command `noise-scale`: the gradient noise scale along a training, and how it goes with the loss."""

from pathlib import Path

import click

from batchmark.doors import laboratory_verbs
from batchmark.doors.choices import Choice, Kind
from batchmark.doors.laboratory_options import BUDGET, EPOCHS, LOOKS
from batchmark.doors.laboratory_verbs import Wanted, show
from batchmark.doors.options import JSON, KEEP, MARKDOWN, option
from batchmark.doors.pictures import PLOT
from batchmark.errors import BatchmarkError
from batchmark.studies.questions.noise_along import FEWEST_SEEDS, NoiseDesign, judge
from batchmark.workloads.workload import Description
from batchmark.written.batch_sizes import parse_batch_sizes

_TWO = 2
_BATCH_SIZE = Choice("batch-size", Kind.BATCH_SIZE, "Of the training (default: the workload's reference).")
_GRADIENTS = Choice("batch-sizes", Kind.GRID, "The two of the gradients whose lengths tell noise from signal.")
_SEEDS = Choice("seeds", Kind.COUNT, "Trainings that are averaged over.", least=FEWEST_SEEDS)


@click.command(
    "noise-scale",
    epilog="Exit codes: 0 there is a noise scale at some look; 2 at none, or it did not finish.",
)
@click.argument("workload")
@option(_BATCH_SIZE)
@option(_GRADIENTS, default="8,128", show_default=True)
@option(_SEEDS, default=12, show_default=True)
@option(EPOCHS)
@option(LOOKS, default=8, show_default=True)
@option(BUDGET)
@option(KEEP)
@option(PLOT, "folder")
@option(MARKDOWN)
@option(JSON, "json_file")
def noise_scale(  # noqa: PLR0917  click passes them by name
    workload: str,
    batch_size: str | None,
    batch_sizes: str,
    seeds: int,
    epochs: int | None,
    looks: int,
    budget: float | None,
    keep: Path | None,
    folder: Path | None,
    markdown: Path | None,
    json_file: Path | None,
) -> None:
    """Follow the gradient noise scale of WORKLOAD, built-in or package.module:attribute, along its training.

    Over seeds, with intervals, at looks from the first steps to the end; and how it goes with the validation loss.
    """
    wanted = Wanted(folder, markdown, json_file)
    wanted.require()

    def question(described: Description) -> NoiseDesign:
        size = (
            described.reference_batch_size
            if batch_size is None
            else parse_batch_sizes(batch_size, examples=described.examples)[0]
        )
        return NoiseDesign(
            described.name,
            described.examples,
            size,
            _two(batch_sizes, described.examples),
            seeds,
            epochs or described.epochs,
            looks,
            described.learning_rate,
        )

    found = laboratory_verbs.put(workload, question, keep=keep, budget=budget)
    answer = found.judged(judge)
    show(found.stored(answer), "noise-scale", wanted)
    if not (found.is_whole and answer.is_told):
        click.get_current_context().exit(2)


def _two(text: str, examples: int) -> tuple[int, int]:
    sizes = parse_batch_sizes(text, examples=examples)
    if len(sizes) != _TWO:
        message = f"--batch-sizes {text} names {len(sizes)}; expected the two of the gradients, as 8,128"
        raise BatchmarkError(message)
    return sizes[0], sizes[1]
