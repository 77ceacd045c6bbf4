"""Planted slow-downs: arguments in, calls out."""

from pathlib import Path

import click

from batchmark.report.power import render_power
from batchmark.report.progress import show_progress
from batchmark.studies.ruler.power import PowerPlan, evaluate, gain, run_once
from batchmark.studies.ruler.power_file import append_run, read_runs
from batchmark.written.durations import parse_seconds
from batchmark.written.shares import parse_share

_TOLERANCE = 0.01
_SIZES = (32, 40, 48, 56, 64, 80, 96, 128)


@click.command()
@click.option("--runs", type=click.IntRange(min=0), default=20, show_default=True, help="Runs to have; more are added.")
@click.option(
    "--planted",
    default="0,0,0,0,0,1%,2%,4%",
    show_default=True,
    metavar="SHARES",
    help=f"A cell each, at most {len(_SIZES)}: what the candidate waits of each epoch. 0: identical.",
)
@click.option("--budget", default="60s", show_default=True, metavar="TIME", help="Of turns for each cell.")
@click.option(
    "--into",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="Where runs are kept, a line each: interrupted, it goes on from there.",
)
def power(runs: int, planted: str, budget: str, path: Path) -> None:
    """Plant slow-downs into one of two identical sides, and see how often batchmark upgrade would find them here.

    The network and data of the workload blobs, by fit. A run takes some minutes more than its cells' budgets.
    """
    shares = [parse_share(each, "--planted", hint="shares, as in 0,1%,2%") for each in planted.split(",")]
    if len(shares) > len(_SIZES):
        message = f"--planted names {len(shares)} cells; at most {len(_SIZES)}"
        raise click.UsageError(message)
    plan = PowerPlan(shares=dict(zip(_SIZES, shares, strict=False)), budget_seconds=parse_seconds(budget, "--budget"))
    have = list(read_runs(path))
    with show_progress() as progress:
        while len(have) < runs:
            run = run_once(plan, number=len(have), progress=progress)
            append_run(run, path)
            have.append(run)
    if have:
        click.echo(render_power(have, evaluate(have, tolerance=_TOLERANCE), gain(have), tolerance=_TOLERANCE))
