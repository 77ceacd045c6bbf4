"""The command line: arguments in, calls out."""

import sys
from pathlib import Path

import click

import batchmark
from batchmark.batch_sizes import parse_batch_sizes
from batchmark.errors import BatchmarkError
from batchmark.report.overhead import render_overhead
from batchmark.report.progress import show_progress
from batchmark.report.sweep import render_stored_sweep
from batchmark.report.table1 import render_table1
from batchmark.stored import read_sweep
from batchmark.studies.overhead import run_overhead
from batchmark.studies.summary import summarise
from batchmark.studies.table1 import run_table1
from batchmark.workloads import find_workload, known_workloads


class _OneLineErrors(click.Group):
    """Prints what the user can mend in one line and exits 2, without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BatchmarkError as error:
            click.echo(f"batchmark: {error}", err=True)
            ctx.exit(2)
        except KeyboardInterrupt:
            click.echo("batchmark: interrupted by Ctrl-C before there was a result", err=True)
            ctx.exit(2)


@click.group(cls=_OneLineErrors, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(batchmark.__version__, prog_name="batchmark")
def main() -> None:
    """Speed and quality of neural-network training, per batch size, with intervals.

    The sweep itself is a pytest run: pytest --benchmark-only
    """


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
def show(file: Path) -> None:
    """Print the summary of a sweep stored by pytest --benchmark-json FILE."""
    stored = read_sweep(file)
    click.echo(render_stored_sweep(stored, summarise(stored.records)))


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
    help="Also draw the learning curves and losses (the paper's Figs 4-10) as PNG files into this folder.",
)
def table1(seeds: int, learning_rate: str, folder: Path | None) -> None:
    """Reproduce the paper's Table 1: its model, data, ten batch sizes and 200 epochs, over many seeds."""
    if folder:
        # Asked for before a minute of training, not after it.
        from batchmark.report.table1_plot import draw_table1, make_folder, require_matplotlib  # noqa: PLC0415

        require_matplotlib()
        make_folder(folder)
    with show_progress() as progress:
        table = run_table1(seeds=seeds, same_learning_rate=learning_rate == "same", progress=progress)
    click.echo(render_table1(table))
    if folder:
        for path in draw_table1(table, folder):
            click.echo(f"wrote {path}")
    _exit_unless_whole(table.stopped)


@main.command()
@click.option("--workload", default="blobs", show_default=True, help=f"One of: {', '.join(known_workloads())}.")
@click.option("--batch-size", default="full", show_default=True, help="A whole number, or `full`.")
@click.option("--turns", type=click.IntRange(min=1), default=600, show_default=True, help="Interleaved comparisons.")
@click.option("--epochs", type=click.IntRange(min=2), default=5, show_default=True, help="Epochs per measurement.")
def overhead(workload: str, batch_size: str, turns: int, epochs: int) -> None:
    """Measure what the harness itself adds to an epoch of `fit`."""
    found = find_workload(workload)
    (size,) = parse_batch_sizes(batch_size, examples=found.examples)[:1]
    with show_progress() as progress:
        result = run_overhead(found, size, turns=turns, epochs=epochs, progress=progress)
    click.echo(render_overhead(result))
    _exit_unless_whole(result.stopped)


def _exit_unless_whole(stopped: str | None) -> None:
    """Exit 2 where a part is missing: what is there has been printed, and a script is not to take it for all."""
    if stopped:
        click.get_current_context().exit(2)


if __name__ == "__main__":
    sys.exit(main())
