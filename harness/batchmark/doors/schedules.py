"""The command `schedules`: two ways of training against each other, from the same seeds."""

from pathlib import Path

import click

from batchmark.doors import laboratory_verbs
from batchmark.doors.choices import Choice, Kind
from batchmark.doors.laboratory_options import BUDGET
from batchmark.doors.laboratory_verbs import Wanted, show
from batchmark.doors.options import JSON, KEEP, MARKDOWN, option
from batchmark.doors.pictures import PLOT
from batchmark.studies.questions.schedules_against import FEWEST_SEEDS, SchedulesDesign, judge, way_of
from batchmark.workloads.workload import Description
from batchmark.written.schedules import parse_schedule

_SCHEDULE = "SCHEDULE"
_COMPARE = Choice(
    "compare",
    Kind.TEXT,
    "The reference, as batch 32 rate .01 for 10 epochs; rate .002 for 5 epochs. What isn't written is as before, and "
    "at first the workload's.",
    called=_SCHEDULE,
)
_WITH = Choice(
    "against",
    Kind.TEXT,
    "The candidate, as batch 32 rate .01 for 10 epochs; batch 160 for 5 epochs. In the first phase, for all of it: "
    "accumulate 4, momentum .95, beta_2 .98, beta_2 half-life 100000 tokens.",
    called=_SCHEDULE,
)
_SEEDS = Choice("seeds", Kind.COUNT, "Trainings of each.", least=FEWEST_SEEDS)


@click.command(
    epilog="Exit codes: 0 both were trained, whichever is better; 2 one wasn't, or it did not finish, or a schedule "
    "can't be read."
)
@click.argument("workload")
@option(_COMPARE, required=True)
@option(_WITH, "candidate", required=True)
@option(_SEEDS, default=20, show_default=True)
@option(BUDGET)
@option(KEEP)
@option(PLOT, "folder")
@option(MARKDOWN)
@option(JSON, "json_file")
def schedules(  # noqa: PLR0917  click passes them by name
    workload: str,
    compare: str,
    candidate: str,
    seeds: int,
    budget: float | None,
    keep: Path | None,
    folder: Path | None,
    markdown: Path | None,
    json_file: Path | None,
) -> None:
    """Train WORKLOAD, built-in or package.module:attribute, in two ways from the same seeds, and compare them.

    How loss and quality differ at the end, whether the quality is equivalent within the workload's margin, where the
    curves are furthest apart, and what each takes.
    """
    wanted = Wanted(folder, markdown, json_file)
    wanted.require()
    # Before the workload is tried out: a slip of the keyboard is told at once.
    written = [
        (parse_schedule(text, where), where) for text, where in ((compare, "--compare"), (candidate, "--against"))
    ]

    def question(described: Description) -> SchedulesDesign:
        one, other = (way_of(each, described, where) for each, where in written)
        return SchedulesDesign(described, one, other, seeds)

    found = laboratory_verbs.put(workload, question, keep=keep, budget=budget)
    answer = found.judged(judge)
    show(found.stored(answer), "schedules", wanted)
    if not found.is_whole:
        click.get_current_context().exit(2)
