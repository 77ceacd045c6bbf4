"""The command line: arguments in, calls out."""

import errno
import io
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest

import batchmark
from batchmark.doors.calibrate import calibrate
from batchmark.doors.comparison_options import WIDE
from batchmark.doors.gate import gate
from batchmark.doors.nightly import nightly
from batchmark.doors.power import power
from batchmark.doors.releases import releases
from batchmark.doors.sweep_options import PREFIX
from batchmark.doors.sweep_settings import read_sweep_table
from batchmark.doors.termination import sigterm_as_ctrl_c
from batchmark.doors.upgrade import upgrade
from batchmark.errors import BatchmarkError, why_stopped
from batchmark.files.journal.places import journals_beside
from batchmark.files.journal.reading import read_any_sweep
from batchmark.files.project_file import find_file
from batchmark.loops import COMPILED, FIT, LOOPS
from batchmark.measurement.plan import Plan
from batchmark.report.largest import render_largest
from batchmark.report.overhead import render_overhead
from batchmark.report.pictures.extra import make_folder, require_drawing
from batchmark.report.progress import show_progress
from batchmark.report.sweep import render_stored_sweep
from batchmark.report.table1 import render_table1
from batchmark.studies.ruler.overhead import run_overhead
from batchmark.studies.ruler.table1 import run_table1
from batchmark.studies.sweep.descriptions import Descriptions
from batchmark.studies.sweep.largest import DEFAULT_PROBE_SECONDS, run_largest
from batchmark.studies.sweep.summary import summarise
from batchmark.workloads import built_in_workloads
from batchmark.written.batch_sizes import parse_batch_sizes
from batchmark.written.byte_sizes import parse_bytes


class _OneLineErrors(click.Group):
    """Prints what the user can mend in one line and exits 2, without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        for stream in (sys.stdout, sys.stderr):
            # What a terminal's encoding has no sign for, as cp1252 has none for an arrow, ends nothing.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        try:
            with sigterm_as_ctrl_c():
                return super().invoke(ctx)
        except BatchmarkError as error:
            click.echo(f"batchmark: {error}", err=True)
            ctx.exit(2)
        except OSError as error:
            if error.errno == errno.EPIPE:
                # Who read our output has enough of it: click knows.
                raise
            # A full disk, a folder without permission: whatever no room has words of its own for.
            click.echo(f"batchmark: {error}", err=True)
            ctx.exit(2)
        except KeyboardInterrupt as error:
            click.echo(f"batchmark: {why_stopped(error)} before there was a result", err=True)
            ctx.exit(2)


@click.group(cls=_OneLineErrors, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(batchmark.__version__, prog_name="batchmark")
def main() -> None:
    """Speed and quality of neural-network training, per batch size, with intervals."""


@main.command()
@click.argument("workloads", nargs=-1, metavar="WORKLOAD...")
@click.option("--batch-sizes", metavar="GRID", help="As in 1,2,16..512*,full (default: the workload's own grid).")
@click.option("--loop", "loops", multiple=True, metavar="NAME", help=f"May be repeated: {', '.join(LOOPS)}, all.")
@click.option("--turns", type=int, metavar="N", help=f"Times each cell is visited (default: {Plan.turns}).")
@click.option("--budget", type=float, metavar="SECONDS", help="Take no further turn of a workload after this long.")
@click.option(
    "--first-epoch-limit",
    type=float,
    metavar="SECONDS",
    help=f"Give up what compiles longer (default: {Plan.first_epoch_limit_seconds:g}).",
)
@click.option("--sweep-seed", type=int, metavar="N", help="Seed of weights, data order and turn order (default: 0).")
@click.option(
    "--memory/--no-memory", default=None, help="Measure each cell's peak memory too, each in a fresh process."
)
@click.option("--wide/--no-wide", default=None, help="Print every column, wider than 80 characters.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Store the sweep, for `batchmark show`.")
def sweep(
    workloads: tuple[str, ...],
    loops: tuple[str, ...],
    json_file: str | None,
    *,
    memory: bool | None,
    wide: bool | None,
    **options: object,
) -> None:
    """Measure every batch size of built-in workloads, or of your own as package.module:attribute.

    The same as pytest --benchmark-only with these options, each with --batchmark- before its name, from any folder.
    What is not given is as [tool.batchmark.sweep] of the nearest pyproject.toml has it.
    """
    _require_workload(workloads)
    arguments = [f"{PREFIX}workload={name}" for name in workloads]
    arguments += [f"{PREFIX}loop={name}" for name in loops]
    arguments += [f"{PREFIX}{name.replace('_', '-')}={value}" for name, value in options.items() if value is not None]
    for name, is_wanted in (("memory", memory), ("wide", wide)):
        arguments += [] if is_wanted is None else [f"{PREFIX}{name}" if is_wanted else f"{PREFIX}no-{name}"]
    arguments += [f"--benchmark-json={json_file}"] if json_file else []
    # pytest-benchmark's own table says less than the summary that follows it.
    quiet = ["-q", "--no-header", "--benchmark-quiet", "-p", "no:cacheprovider"]
    # Where plugins don't load by themselves too; by these names none is loaded twice where they do.
    plugins = ["-p", "batchmark", "-p", "benchmark"]
    declared = Path(batchmark.__file__).parent / "declared"
    where = [f"-c={declared / 'pytest.ini'}", "--rootdir=.", str(declared / "test_epoch.py")]
    click.get_current_context().exit(int(pytest.main(["--benchmark-only", *plugins, *quiet, *where, *arguments])))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--brief", is_flag=True, help="Only a table for each workload, its loops side by side.")
@WIDE
@click.option(
    "--plot",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also draw throughput, seconds per epoch and what powers of two make into this folder, as SVG and PNG.",
)
def show(file: Path, *, brief: bool, wide: bool, folder: Path | None) -> None:
    """Print the summary of a sweep stored by pytest --benchmark-json FILE, or the journal of one that was cut off."""
    if folder:
        require_drawing()
    stored = read_any_sweep(file)
    summaries = summarise(stored.records)
    click.echo(render_stored_sweep(stored, summaries, brief=brief, wide=wide))
    if folder:
        # A second of importing, and an extra.
        from batchmark.report.pictures.of_sweep import draw_sweep  # noqa: PLC0415

        _name_pictures(draw_sweep(summaries, stored.facts, folder))
    for journal in journals_beside(file):
        click.echo(f"batchmark: {journal} holds what another run measured that was not stored", err=True)


@main.command()
@click.option("--seeds", type=click.IntRange(min=2), default=30, show_default=True, help="Trainings per batch size.")
@click.option(
    "--learning-rate",
    type=click.Choice(["paper", "same"]),
    default="paper",
    show_default=True,
    help="paper: 0.001 at batch size 1 and 0.01 elsewhere, as its notebook has it; same: 0.01 everywhere.",
)
@click.option(
    "--plot",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also draw the learning curves and losses (the paper's Figs 4-10) into this folder, as SVG and PNG.",
)
def table1(seeds: int, learning_rate: str, folder: Path | None) -> None:
    """Reproduce the paper's Table 1: its model, data, ten batch sizes and 200 epochs, over many seeds."""
    if folder:
        # Asked for before a minute of training, not after it.
        require_drawing()
        make_folder(folder)
    with show_progress() as progress:
        table = run_table1(seeds=seeds, same_learning_rate=learning_rate == "same", progress=progress)
    click.echo(render_table1(table))
    if folder:
        from batchmark.report.pictures.of_table1 import draw_table1  # noqa: PLC0415  as above

        _name_pictures(draw_table1(table, folder))
    _exit_unless_whole(table.stopped)


@main.command()
@click.option(
    "--workload",
    default="blobs",
    show_default=True,
    help=f"One of: {', '.join(built_in_workloads())}, or package.module:attribute.",
)
@click.option("--batch-size", default="full", show_default=True, help="A whole number, or `full`.")
@click.option("--turns", type=click.IntRange(min=1), default=600, show_default=True, help="Interleaved comparisons.")
@click.option("--epochs", type=click.IntRange(min=2), default=5, show_default=True, help="Epochs per measurement.")
def overhead(workload: str, batch_size: str, turns: int, epochs: int) -> None:
    """Measure what the harness itself adds to an epoch of `fit`."""
    with show_progress() as progress, Descriptions(progress=progress) as descriptions:
        found = descriptions.of(workload)
        (size,) = parse_batch_sizes(batch_size, examples=found.examples)[:1]
        result = run_overhead(found, size, turns=turns, epochs=epochs, progress=progress)
    click.echo(render_overhead(result))
    _exit_unless_whole(result.stopped)


@main.command()
@click.argument("workload")
@click.option("--memory-limit", metavar="SIZE", help="On a CPU, as in 8GiB (default: 90 % of what is available).")
@click.option("--maximum", type=click.IntRange(min=1), metavar="N", help="Try no larger one (default: all examples).")
@click.option(
    "--loop",
    type=click.Choice([name for name in LOOPS if name != COMPILED]),
    default=FIT,
    show_default=True,
    help="What runs an epoch.",
)
@click.option(
    "--probe-timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=DEFAULT_PROBE_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="What takes longer is a no.",
)
def largest(workload: str, memory_limit: str | None, maximum: int | None, loop: str, probe_timeout: float) -> None:
    """Find the largest batch size that trains within the memory, each probe in a fresh process.

    WORKLOAD is a built-in one, or your own as package.module:attribute. On a GPU the card's memory is the limit.
    """
    limit = None if memory_limit is None else parse_bytes(memory_limit)
    with show_progress() as progress:
        # Its worker has ended, and given its memory back, before the first probe.
        with Descriptions(progress=progress) as descriptions:
            found = descriptions.of(workload)
        result = run_largest(
            found, progress=progress, loop=loop, memory_limit=limit, maximum=maximum, probe_seconds=probe_timeout
        )
    click.echo(render_largest(result))
    _exit_unless_whole(result.stopped)
    if result.boundary.answer is None:
        click.get_current_context().exit(1)


main.add_command(calibrate)
main.add_command(gate)
main.add_command(nightly)
main.add_command(power)
main.add_command(releases)
main.add_command(upgrade)


def _require_workload(workloads: tuple[str, ...]) -> None:
    """Refuse a sweep of nothing in particular, unless the project says what it is of."""
    if workloads:
        return
    file = find_file(Path())
    if not file or "workload" not in read_sweep_table(file):
        message = "Missing argument 'WORKLOAD...': name one, here or as workload in [tool.batchmark.sweep]"
        raise click.UsageError(message)


def _name_pictures(paths: Sequence[Path]) -> None:
    for path in paths:
        click.echo(f"wrote {path}")
    if not paths:
        click.echo("batchmark: nothing to draw: there is no cell to compare", err=True)


def _exit_unless_whole(stopped: str | None) -> None:
    """Exit 2 where a part is missing: what is there has been printed, and a script is not to take it for all."""
    if stopped:
        click.get_current_context().exit(2)


if __name__ == "__main__":
    sys.exit(main())
