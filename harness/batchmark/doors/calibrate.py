"""The command `calibrate`: this machine's noise, between sides that take turns or between stored sweeps."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from batchmark.backends import SHARING
from batchmark.doors import choices
from batchmark.doors.choices import Choice, Kind
from batchmark.doors.options import JSON, RESTARTS, option, takes_workloads
from batchmark.errors import StoredFileError
from batchmark.files import stored_noise
from batchmark.files.calibration import default_path, write_calibration
from batchmark.files.journal.reading import read_any_sweep
from batchmark.files.whole_file import write_whole
from batchmark.loops import FIT, some_of
from batchmark.measurement.connection import Worker
from batchmark.progress import Progress
from batchmark.records import Cell
from batchmark.report.calibration import render_calibration
from batchmark.report.progress import show_progress
from batchmark.report.stored_noise import render_stored_noise
from batchmark.studies.live.calibration import CalibrationPlan, run_calibration
from batchmark.studies.live.plan import DEFAULT_BATCH_SIZES, DEFAULT_BUDGET_SECONDS, Asked
from batchmark.studies.live.sides import StartWorker
from batchmark.studies.live.trace import TRACE, Trace
from batchmark.studies.stored.noise import noise_of_stored
from batchmark.studies.sweep.descriptions import Descriptions
from batchmark.workloads import expand_known
from batchmark.workloads.keras_backend import asked_backends
from batchmark.written.batch_sizes import parse_batch_sizes
from batchmark.written.durations import format_seconds

_PAIRS = Choice("pairs", Kind.COUNT, "Identical pairs that take turns: twice as many live processes.", least=1)
_TRACE = Choice("trace", Kind.FOLDER, "Also write what an epoch took in each visit, a JSON file for each cell.")
_STORED = Choice(
    "stored",
    Kind.TEXT,
    "Measure nothing: compute what two stored sweeps of the same thing differ by, from these files and those that "
    "follow, for batchmark gate --baseline --candidate. Five or more tell it.",
    many=True,
    called="FILE...",
)


@click.command()
@takes_workloads("blobs")
@option(choices.BATCH_SIZES, default=DEFAULT_BATCH_SIZES, show_default=True)
@option(choices.LOOP, "loops", default=(FIT,), show_default=True)
@option(RESTARTS, default=str(CalibrationPlan.restarts), show_default=True)
@option(_PAIRS, default=str(CalibrationPlan.pairs), show_default=True)
@option(choices.BUDGET, default=format_seconds(DEFAULT_BUDGET_SECONDS), show_default=True)
@option(choices.FIRST_EPOCH_LIMIT, default=format_seconds(CalibrationPlan.first_epoch_limit_seconds), show_default=True)
@option(choices.SEED, default="0", show_default=True)
@option(JSON, "path")
@option(_TRACE)
@option(_STORED)
def calibrate(  # noqa: PLR0917  click passes them by name
    workloads: tuple[str, ...],
    batch_sizes: str,
    loops: tuple[str, ...],
    restarts: int,
    pairs: int,
    budget: float,
    first_epoch_limit: float,
    seed: int,
    path: Path | None,
    trace: Path | None,
    stored: tuple[str, ...],
) -> None:
    """Measure this machine's noise: an environment against itself, as batchmark upgrade compares two.

    Tells how much restarts of identical sides differ, how often that is taken for a change, and the smallest change
    that is found with this budget. Kept for this machine, and shown beside every verdict of batchmark upgrade from then
    on; with --json it is kept there instead, for batchmark upgrade --calibration.

    With --stored A.json B.json ..., nothing is measured: the noise between these stored sweeps is kept for batchmark
    gate, or with --json for its --stored-noise.
    """
    if stored:
        _of_stored((*stored, *workloads), path or stored_noise.default_path())
        return
    plan = CalibrationPlan(
        restarts=restarts,
        pairs=pairs,
        budget_seconds=budget,
        first_epoch_limit_seconds=first_epoch_limit,
        seed=seed,
    )
    file = path or default_path()
    (backend,) = asked_backends(())
    chosen = some_of(loops, backend)
    start = partial(Worker, environment=SHARING)
    with show_progress() as progress:
        asked = [_asked(name, start, batch_sizes, chosen, progress) for name in expand_known(workloads or ("blobs",))]
        for each in asked:
            calibration = run_calibration(start, each, plan, progress=progress, keep=partial(_keep, trace))
            click.echo(render_calibration(calibration))
            write_calibration(calibration, file)
    click.echo(f"kept in {file}")


def _of_stored(files: Sequence[str], into: Path) -> None:
    found = noise_of_stored({name: read_any_sweep(Path(name)) for name in files})
    click.echo(render_stored_noise(found))
    stored_noise.write_stored_noise(found.noise, into)
    click.echo(f"kept in {into}")


def _asked(name: str, start: StartWorker, batch_sizes: str, loops: Sequence[str], progress: Progress) -> Asked:
    # Its worker ends before anything is measured, and gives a GPU back.
    with Descriptions(start_worker=lambda _: start(), progress=progress) as descriptions:
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
