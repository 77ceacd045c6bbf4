"""The calibration: arguments in, calls out."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from batchmark.doors.comparison_options import BATCH_SIZES, FIRST_EPOCH_LIMIT, LOOP_NAMES, SEED, WORKLOADS
from batchmark.errors import StoredFileError
from batchmark.files.calibration import default_path, write_calibration
from batchmark.files.whole_file import write_whole
from batchmark.loops import FIT, expand
from batchmark.measurement.connection import Worker
from batchmark.progress import Progress
from batchmark.records import Cell
from batchmark.report.calibration import render_calibration
from batchmark.report.progress import show_progress
from batchmark.studies.live.calibration import CalibrationPlan, run_calibration
from batchmark.studies.live.plan import DEFAULT_BUDGET_SECONDS, Asked
from batchmark.studies.live.sides import SHARING, StartWorker
from batchmark.studies.live.trace import TRACE, Trace
from batchmark.studies.sweep.descriptions import Descriptions
from batchmark.workloads import expand as expand_workloads
from batchmark.written.batch_sizes import parse_batch_sizes
from batchmark.written.durations import parse_seconds


@click.command()
@WORKLOADS
@BATCH_SIZES
@LOOP_NAMES
@click.option("--restarts", type=click.IntRange(min=2), default=CalibrationPlan.restarts, show_default=True)
@click.option(
    "--pairs",
    type=click.IntRange(min=1),
    default=CalibrationPlan.pairs,
    show_default=True,
    help="Identical pairs that take turns: twice as many live processes.",
)
@click.option(
    "--budget",
    default=f"{DEFAULT_BUDGET_SECONDS:g}s",
    show_default=True,
    metavar="TIME",
    help="What batchmark upgrade will be given for each cell.",
)
@FIRST_EPOCH_LIMIT
@SEED
@click.option(
    "--json",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Keep it there instead; name it to batchmark upgrade with --calibration.",
)
@click.option(
    "--trace",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Also write what an epoch took in each visit, a JSON file for each cell.",
)
def calibrate(  # noqa: PLR0917  click passes them by name
    workloads: tuple[str, ...],
    batch_sizes: str,
    loops: tuple[str, ...],
    restarts: int,
    pairs: int,
    budget: str,
    first_epoch_limit: float,
    seed: int,
    path: Path | None,
    trace: Path | None,
) -> None:
    """Measure this machine's noise: an environment against itself, as batchmark upgrade compares two.

    Tells how much restarts of identical sides differ, how often that is taken for a change, and the smallest change
    that is found. Kept for this machine, and shown beside every verdict of batchmark upgrade from then on.
    """
    plan = CalibrationPlan(
        restarts=restarts,
        pairs=pairs,
        budget_seconds=parse_seconds(budget, "--budget"),
        first_epoch_limit_seconds=first_epoch_limit,
        seed=seed,
    )
    file = path or default_path()
    chosen = expand(loops or (FIT,))
    start = partial(Worker, environment=SHARING)
    with show_progress() as progress:
        asked = [
            _asked(name, start, batch_sizes, chosen, progress) for name in expand_workloads(workloads or ("blobs",))
        ]
        for each in asked:
            calibration = run_calibration(start, each, plan, progress=progress, keep=partial(_keep, trace))
            click.echo(render_calibration(calibration))
            write_calibration(calibration, file)
    click.echo(f"kept in {file}")


def _asked(name: str, start: StartWorker, batch_sizes: str, loops: Sequence[str], progress: Progress) -> Asked:
    # Its worker ends before anything is measured, and gives a GPU back.
    with Descriptions(start_worker=start, progress=progress) as descriptions:
        description = descriptions.of(name)
    sizes = parse_batch_sizes(batch_sizes, examples=description.examples)
    return Asked(description, tuple(Cell(name, size, loop) for loop in loops for size in sizes))


def _keep(folder: Path | None, cell: Cell, trace: Trace) -> None:
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{folder} can't be made: {error.strerror}"
        raise StoredFileError(message) from error
    name = str(cell).replace(":", "-")
    write_whole(folder / f"restarts-{name}.json", TRACE.line(trace).decode())
