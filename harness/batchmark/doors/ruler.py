"""The commands that measure the ruler itself: what it adds, what it finds of planted changes, and a paper's table."""

import re
from collections.abc import Mapping
from pathlib import Path

import click

from batchmark.doors import choices
from batchmark.doors.choices import Choice, Kind
from batchmark.doors.options import KEEP, option, takes_workloads
from batchmark.doors.pictures import PLOT, name_pictures
from batchmark.files.form_lines import append_line, read_lines
from batchmark.progress import Progress
from batchmark.report.choices_study import render_choices
from batchmark.report.counting import render_counting
from batchmark.report.overhead import render_overhead
from batchmark.report.pages_cost import render_pages_cost
from batchmark.report.pictures.extra import make_folder, require_drawing
from batchmark.report.power import render_power
from batchmark.report.progress import show_progress
from batchmark.report.table1 import render_table1
from batchmark.studies.laboratory.kept import default_folder
from batchmark.studies.laboratory.laboratory import Laboratory
from batchmark.studies.questions.choice_design import CHOOSING_SEEDS, LARGER, SEEDS, ChoiceDesign
from batchmark.studies.questions.sizes import sizes_around, sizes_between
from batchmark.studies.ruler.choices import run_choices
from batchmark.studies.ruler.counting import calls_to_plant, run_counting_once, shares_of
from batchmark.studies.ruler.counting_file import RUN as COUNTING_RUN
from batchmark.studies.ruler.made_runs import MANY_CELLS, Made
from batchmark.studies.ruler.overhead import run_overhead
from batchmark.studies.ruler.pages import run_pages_once, summaries_of
from batchmark.studies.ruler.pages_file import RUN as PAGES_RUN
from batchmark.studies.ruler.power import evaluate, gain
from batchmark.studies.ruler.power_file import append_run, read_runs
from batchmark.studies.ruler.power_run import PowerPlan, run_once
from batchmark.studies.ruler.table1 import run_table1
from batchmark.studies.sweep.descriptions import Descriptions
from batchmark.workloads import expand_known
from batchmark.workloads.slowed import SlowEpochs
from batchmark.written.batch_sizes import parse_batch_sizes
from batchmark.written.shares import parse_share

_BATCH_SIZE = Choice("batch-size", Kind.BATCH_SIZE, "A whole number, or `full` for all examples.")
_EPOCHS = Choice("epochs", Kind.COUNT, "Epochs of each kind in a turn.", least=1)
_RUNS = Choice("runs", Kind.COUNT, "Runs to have; more are added.")
_RUNS_FILE = Choice(
    "jsonl",
    Kind.FILE,
    "Where runs are kept, a line each: interrupted, it goes on from there.",
    before=("into",),
)
_TOLERANCE = 0.01
_SIZES = (32, 40, 48, 56, 64, 80, 96, 128)
_SLOW_EPOCHS = re.compile(r"1in([1-9][0-9]{0,3})x([1-9][0-9]{0,3}(?:\.[0-9]{1,3})?)")
_IDENTICAL = Choice("identical", Kind.COUNT, "Runs of identical sides to have; more are added.", least=1)
_WITH_CALLS = Choice("planted-runs", Kind.COUNT, "Runs to have in which one side makes 1 % more calls.")
_MORE_CALLS = 0.01
_REPETITIONS = Choice("repetitions", Kind.COUNT, "How often a batch size is chosen.", least=1)
_SWEEPS = Choice("sweeps", Kind.COUNT, "Stored sweeps of 28 cells; may be repeated.", least=3, many=True)
_PLANTED = Choice(
    "planted",
    Kind.TEXT,
    f"A cell each, at most {len(_SIZES)}, as in 0,1%,1in5x2: what the candidate waits of each epoch, or how many "
    "epochs take how many times as long. 0: identical.",
    called="CELLS",
)


@click.group()
def ruler() -> None:
    """Measure the ruler itself: what it adds to an epoch, and what it finds."""


@ruler.command()
@option(choices.SEEDS, default="30", show_default=True)
@option(choices.LEARNING_RATE, default="paper", show_default=True)
@option(PLOT, "folder")
def table1(seeds: int, learning_rate: str, folder: Path | None) -> None:
    """Reproduce the paper's Table 1: its model, data, ten batch sizes and 200 epochs, over many seeds.

    By the learning rates of the paper: 0.001 at batch size 1 and 0.01 elsewhere, as its notebook has it.
    """
    if folder:
        # Asked for before a minute of training, not after it.
        require_drawing()
        make_folder(folder)
    with show_progress() as progress:
        table = run_table1(seeds=seeds, same_learning_rate=learning_rate == "same", progress=progress)
    click.echo(render_table1(table))
    if folder:
        from batchmark.report.pictures.of_table1 import draw_table1  # noqa: PLC0415  a second of importing, and an extra

        name_pictures(draw_table1(table, folder))
    _exit_unless_whole(table.stopped)


@ruler.command()
@takes_workloads("blobs")
@option(_BATCH_SIZE, default="full", show_default=True)
@option(choices.TURNS, default="300", show_default=True)
@option(_EPOCHS, default="20", show_default=True)
def overhead(workloads: tuple[str, ...], batch_size: str, turns: int, epochs: int) -> None:
    """Measure what the harness itself adds to an epoch of `fit`.

    In each turn a call of `fit`, of whose epochs a third are with the harness and two thirds without, in random order
    and timed by the same means. What lies between two halves of the bare ones is what the measurement itself finds of
    nothing. Within 0.5 % is the aim.
    """
    for name in expand_known(workloads or ("blobs",)):
        with show_progress() as progress, Descriptions(progress=progress) as descriptions:
            found = descriptions.of(name)
            (size,) = parse_batch_sizes(batch_size, examples=found.examples)
            result = run_overhead(found, size, turns=turns, epochs=epochs, progress=progress)
        click.echo(render_overhead(result))
        _exit_unless_whole(result.stopped)


@ruler.command()
@option(_RUNS, default="20", show_default=True)
@option(_PLANTED, default="0,0,0,0,0,1%,2%,4%", show_default=True)
@option(choices.BUDGET, default="60s", show_default=True)
@option(_RUNS_FILE, "path", required=True)
def power(runs: int, planted: str, budget: float, path: Path) -> None:
    """Plant slow-downs into one of two identical sides, and see how often batchmark upgrade would find them here.

    The network and data of the workload blobs, by fit. A run takes some minutes more than its cells' budgets.
    """
    cells = planted.split(",")
    if len(cells) > len(_SIZES):
        message = f"--planted names {len(cells)} cells; at most {len(_SIZES)}"
        raise click.UsageError(message)
    even, slow = _planted(dict(zip(_SIZES, cells, strict=False)))
    if len(even) == len(slow):
        message = f"--planted {planted} has slow epochs in each cell; one at least has to be even, as 0 is"
        raise click.UsageError(message)
    plan = PowerPlan(even, slow, budget_seconds=budget)
    have = list(read_runs(path))
    with show_progress() as progress:
        while len(have) < runs:
            run = run_once(plan, number=len(have), progress=progress)
            append_run(run, path)
            have.append(run)
    if have:
        click.echo(render_power(have, evaluate(have, tolerance=_TOLERANCE), gain(have), tolerance=_TOLERANCE))


@ruler.command()
@option(_IDENTICAL, default="100", show_default=True)
@option(_WITH_CALLS, default="20", show_default=True)
@option(_RUNS_FILE, "path", required=True)
def counters(identical: int, planted_runs: int, path: Path) -> None:
    """Count identical sides, and sides of which one makes 1 % more function calls: how often is each told right?

    The network and data of the workload blobs, by fit and by compiled:xla, in fresh processes for each run. Nothing is
    timed, so it may run beside other work.
    """
    have = list(read_lines(COUNTING_RUN, path))

    def add(planted: int, progress: Progress) -> None:
        run = run_counting_once(planted, number=len(have), progress=progress)
        append_line(COUNTING_RUN, run, path)
        have.append(run)

    with show_progress() as progress:
        while sum(not run.planted for run in have) < identical:
            add(0, progress)
        while sum(run.planted > 0 for run in have) < planted_runs:
            add(calls_to_plant(have[0], _MORE_CALLS), progress)
    click.echo(render_counting(shares_of(have), share=_MORE_CALLS))


@ruler.command("choices")
@click.argument("workload")
@option(choices.SEEDS, default="200", show_default=True)
@option(_REPETITIONS, default="100", show_default=True)
@option(KEEP)
def choices_(workload: str, seeds: int, repetitions: int, keep: Path | None) -> None:
    """Choose WORKLOAD's batch size many times, as batchmark choose does, and hold it against an exhaustive search.

    Every size is trained at every rate, from many seeds: that takes long, and is kept. The choices are made of seeds
    and turns that are drawn anew from these trainings.
    """
    with show_progress() as progress, Descriptions(progress=progress) as descriptions:
        described = descriptions.of(workload)
        sizes = sizes_around(described, None, larger=LARGER)
        design = ChoiceDesign(described, sizes, SEEDS, CHOOSING_SEEDS, described.epochs, between=sizes_between(sizes))
        with Laboratory(keep or default_folder(), progress=progress, descriptions=descriptions) as laboratory:
            found = run_choices(design, laboratory.obtain, seeds=seeds, repetitions=repetitions, progress=progress)
    click.echo(render_choices(found))


@ruler.command()
@option(_SWEEPS, default=("1000", "3000", "10000"), show_default=True)
@option(_RUNS, default="3", show_default=True)
@option(_RUNS_FILE, "path", required=True)
def pages(sweeps: tuple[int, ...], runs: int, path: Path) -> None:
    """Measure what thousands of stored sweeps cost `batchmark report` and `batchmark gate`, in time and memory.

    The sweeps are made up, in files as pytest writes them, in a temporary folder: 10,000 take some 2.5 GB. One page
    more is of 2,000 cells of 50 rounds. --runs is of each.
    """
    have = list(read_lines(PAGES_RUN, path))
    with show_progress() as progress:
        for made in (*map(Made, sweeps), MANY_CELLS):
            while sum((run.sweeps, run.cells) == (made.sweeps, made.cells) for run in have) < runs:
                run = run_pages_once(made, progress=progress)
                append_line(PAGES_RUN, run, path)
                have.append(run)
    click.echo(render_pages_cost(summaries_of(have)))


def _planted(cells: Mapping[int, str]) -> tuple[dict[int, float], dict[int, SlowEpochs]]:
    """Return what each cell waits of each epoch, and of those with slow epochs which."""
    matches = {size: found for size, cell in cells.items() if (found := _SLOW_EPOCHS.fullmatch(cell.strip()))}
    slow = {size: SlowEpochs(int(found[1]), float(found[2])) for size, found in matches.items()}
    hint = "shares and slow epochs, as in 0,1%,1in5x2"
    even = {size: 0.0 if size in slow else parse_share(cell, "--planted", hint=hint) for size, cell in cells.items()}
    return even, slow


def _exit_unless_whole(stopped: str | None) -> None:
    """Exit 2 where a part is missing: what is there has been printed, and a script is not to take it for all."""
    if stopped:
        click.get_current_context().exit(2)
