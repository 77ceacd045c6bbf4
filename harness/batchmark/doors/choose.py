"""The command `choose`: which batch size to use, and why."""

from pathlib import Path

import click

from batchmark.doors import choices, laboratory_verbs
from batchmark.doors.choices import Choice, Kind
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
from batchmark.doors.options import JSON, KEEP, MARKDOWN, MEMORY_LIMIT, option
from batchmark.doors.pictures import PLOT
from batchmark.errors import BatchmarkError
from batchmark.files.journal.reading import read_any_sweep
from batchmark.loops import COMPILED, FIT, FIT_STEPS_PER_EXECUTION, LOOPS, expand
from batchmark.studies.questions.choice_design import CHOOSING_SEEDS, LARGER, SEEDS, ChoiceDesign
from batchmark.studies.questions.choice_steps import surer, then
from batchmark.studies.questions.choosing import judge
from batchmark.studies.questions.sizes import sizes_around, sizes_between
from batchmark.studies.questions.stored_times import StoredTimes, nearest, require_same_place, times_in
from batchmark.workloads.keras_backend import asked_backends
from batchmark.workloads.workload import Description
from batchmark.written.numbers import parse_numbers

_USUAL_SECONDS = 720.0
_USUAL_MARGIN = 0.1
_USUAL_SIZES = "the workload's reference, a quarter, 4 and 16 times of it, and others beside the best"
_USUAL_LOOPS = (FIT, FIT_STEPS_PER_EXECUTION, COMPILED)
_LOOPS = Choice(
    "loops",
    Kind.ONE_OF,
    "What else than fit is timed, to tell what it gains; may be repeated.",
    many=True,
    words=tuple(LOOPS),
)
_TIMES = Choice(
    "times",
    Kind.FILE,
    "A sweep of this machine, stored by batchmark sweep --json or by pytest, in place of measuring epochs.",
)
_FITS = Choice("fits", Kind.YES_OR_NO, "Find the largest batch size that fits into memory, and train at it 20 times.")
_MARGIN = Choice("margin", Kind.SHARE, "How much of the largest batch size that trains is left free.")


@click.command(
    epilog="Exit codes: 0 a batch size is recommended; 1 none reaches the target by more than half of its seeds; 2 "
    "something is missing, or it did not finish."
)
@click.argument("workload")
@option(TARGET_QUALITY)
@option(TARGET_LOSS)
@option(
    choices.BATCH_SIZES,
    show_default="the workload's reference, a quarter, 4 and 16 times of it; and others beside the best",
)
@option(GRID_OF_RATES, show_default="those, and up to 3 beyond where the best is the last")
@option(_LOOPS, show_default=", ".join(_USUAL_LOOPS))
@option(TUNING_SEEDS, default=CHOOSING_SEEDS, show_default=True)
@option(JUDGED_SEEDS, default=SEEDS, show_default=True)
@option(EPOCHS)
@option(choices.BACKEND, "backends", show_default="the one that trains; others are timed beside it")
@option(_TIMES)
@option(_FITS, default=True, show_default=True)
@option(_MARGIN, show_default="10%")
@option(MEMORY_LIMIT)
@option(BUDGET, show_default="nothing that only makes it surer begins later than 12min")
@option(KEEP)
@option(PLOT, "folder")
@option(MARKDOWN)
@option(JSON, "json_file")
def choose(  # noqa: PLR0917  click passes them by name
    workload: str,
    quality: float | None,
    loss: float | None,
    batch_sizes: str | None,
    rates: str | None,
    loops: tuple[str, ...],
    tuning_seeds: int,
    seeds: int,
    epochs: int | None,
    backends: tuple[str, ...],
    times: Path | None,
    margin: float | None,
    memory_limit: int | None,
    budget: float | None,
    keep: Path | None,
    folder: Path | None,
    markdown: Path | None,
    json_file: Path | None,
    *,
    fits: bool,
) -> None:
    """Say which batch size to train WORKLOAD at, built-in or package.module:attribute, and why.

    The one that takes the least time to a target, each at its best learning rate; which others train as well, where
    speed levels off, the critical batch size, what fits into memory, what other loops and backends gain, and how sure
    it is. Without --quality or --loss the target is what the workload's reference batch size reaches, less its
    quality_margin. Epochs are measured here, or taken from a stored sweep (--times).
    """
    if quality is not None and loss is not None:
        message = "both --quality and --loss; name one, as --quality 0.95 or --loss 0.5"
        raise BatchmarkError(message)
    _require_agreement(fits=fits, of_fits=(margin, memory_limit), times=times, of_times=(*loops, *backends))
    wanted = Wanted(folder, markdown, json_file)
    wanted.require()
    own = asked_backends(())[0]
    others = tuple(each for each in asked_backends(backends) if each != own) if backends else ()
    sweep = None if times is None else read_any_sweep(times)

    def question(described: Description) -> ChoiceDesign:
        stored = None if sweep is None else times_in(sweep, str(times), described, own)
        first, between = _sizes(described, batch_sizes, stored)
        return ChoiceDesign(
            described,
            first,
            seeds,
            tuning_seeds,
            epochs or described.epochs,
            () if rates is None else parse_numbers(rates, "--rates"),
            quality if loss is None else loss,
            loss is None,
            expand((FIT, *(loops or _USUAL_LOOPS)), own) if stored is None else (FIT, *stored.loops),
            between=between,
            backends=others if stored is None else stored.backends,
            margin=(_USUAL_MARGIN if margin is None else margin) if fits else None,
            memory_limit=memory_limit,
            stored=stored,
        )

    found = laboratory_verbs.put(
        workload,
        question,
        keep=keep,
        budget=budget,
        then=then,
        surer=surer,
        seconds_for_surer=_USUAL_SECONDS,
        require=lambda design, facts: None if design.stored is None else require_same_place(design.stored, facts),
    )
    choice = found.judged(judge)
    show(found.stored(choice), "choice", wanted)
    if choice.batch_size is None and choice.sizes:
        click.get_current_context().exit(1)
    if not (found.is_whole and choice.is_whole):
        click.get_current_context().exit(2)


def _sizes(
    described: Description, named: str | None, stored: StoredTimes | None
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the sizes that are trained first, the reference among them, and those that may be trained beside."""
    reference = described.reference_batch_size
    usual = sizes_around(described, named, larger=LARGER)
    between = () if named else sizes_between(usual)
    if stored is None:
        return tuple(sorted({*usual, reference})), between
    if named is not None:
        lacking = [size for size in usual if size not in stored.sizes]
        if lacking:
            known = ", ".join(map(str, stored.sizes))
            message = f"{stored.name} has no epochs by fit at batch size {lacking[0]}; it has {known}"
            raise BatchmarkError(message)
        return tuple(sorted({*usual, reference})), ()
    first = tuple(sorted({*nearest(stored.sizes, usual), reference}))
    return first, tuple(size for size in nearest(stored.sizes, between) if size not in first)


def _require_agreement(
    *, fits: bool, of_fits: tuple[float | None, ...], times: Path | None, of_times: tuple[str, ...]
) -> None:
    """Refuse what would be ignored. Raises BatchmarkError."""
    if not fits and any(each is not None for each in of_fits):
        message = "--margin and --memory-limit are of what fits; leave out --no-fits, or them"
        raise BatchmarkError(message)
    if times is not None and of_times:
        message = f"--loops and --backend are measured, and {times} has what it has; leave out --times, or them"
        raise BatchmarkError(message)
