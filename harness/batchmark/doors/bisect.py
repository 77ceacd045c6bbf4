"""The command `bisect`: which release of one package made training slower."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import click

from batchmark.analysis.looks import DEFAULT_LOOKS
from batchmark.backends import PROPER_NAMES
from batchmark.comparison import Policy, Verdict
from batchmark.doors import choices
from batchmark.doors.choices import Choice, Kind
from batchmark.doors.comparison import require_known_workloads, settings_of_project
from batchmark.doors.options import (
    CONFIG,
    JSON,
    PYTHON,
    RESTARTS,
    TOLERANCE,
    WITH,
    option,
    takes_refresh,
    takes_workloads,
)
from batchmark.environments.offered import releases_between
from batchmark.errors import PolicyError, UnknownNameError
from batchmark.files.policy import all_of, parse_tolerance
from batchmark.files.whole_file import write_whole
from batchmark.loops import EVERY, FIT, LOOPS_OF, some_of
from batchmark.measurement.processors import on_processors
from batchmark.metrics import table
from batchmark.metrics.seconds_per_epoch import METRIC as SECONDS_PER_EPOCH
from batchmark.report.bisection import render_bisection
from batchmark.report.progress import show_progress
from batchmark.studies.bisection.bisection import DEFAULT_LONGER, run_bisection
from batchmark.studies.bisection.ends import ends_of
from batchmark.studies.bisection.file import BISECTION
from batchmark.studies.bisection.record import Bisection
from batchmark.studies.bisection.releases import Grid, LiveReleases
from batchmark.studies.live.asked_sides import HowToMake, SideRequest, needs_of
from batchmark.studies.live.plan import UpgradePlan, looks_up_to
from batchmark.workloads import expand_known
from batchmark.written.durations import format_seconds

_NOT_SLOWER, _FOUND, _INTERRUPTED, _INCONCLUSIVE = 0, 1, 2, 3

_GOOD = Choice(
    "good", Kind.TEXT, 'The older end, as in "keras==3.6.0", or with tensorflow-cpu==2.18.1 too.', called="REQUIREMENTS"
)
_BAD = Choice("bad", Kind.TEXT, "The same but for the version of one package: the slow end.", called="REQUIREMENTS")
_LONGER = Choice(
    "longer",
    Kind.COUNT,
    "Measure a step that is inconclusive so often again, each time with twice the budget and restarts.",
)


@click.command(
    epilog="Exit codes: 0 the ends don't differ; 1 the release was found; 2 it could not be looked for, or did not "
    "finish; 3 inconclusive: whether the ends differ, or which release it was."
)
@option(_GOOD, required=True)
@option(_BAD, required=True)
@option(WITH, "beside")
@option(PYTHON, "version")
@takes_refresh
@takes_workloads("blobs")
@option(choices.BATCH_SIZES, default="32", show_default=True)
@option(choices.LOOP, "loops", default=(FIT,), show_default=True)
@option(choices.THREADS)
@option(choices.REQUIRE_GPU, default=False)
@option(choices.BUDGET, default="30s", show_default=True)
@option(RESTARTS, default=str(DEFAULT_LOOKS[-1]), show_default=True)
@option(_LONGER, default=str(DEFAULT_LONGER), show_default=True)
@option(TOLERANCE, "tolerances")
@option(CONFIG)
@option(choices.FIRST_EPOCH_LIMIT, default=format_seconds(UpgradePlan.first_epoch_limit_seconds), show_default=True)
@option(choices.SEED, default="0", show_default=True)
@option(choices.WIDE, default=False)
@option(JSON, "json_file")
def bisect(
    good: str,
    bad: str,
    beside: tuple[str, ...],
    version: str | None,
    *,
    refresh: bool,
    workloads: tuple[str, ...],
    batch_sizes: str,
    loops: tuple[str, ...],
    threads: int | None,
    require_gpu: bool,
    budget: float,
    restarts: int,
    longer: int,
    tolerances: tuple[str, ...],
    config: Path | None,
    first_epoch_limit: float,
    seed: int,
    wide: bool,
    json_file: Path | None,
) -> None:
    """Find the release of one package that made training slower, by live comparisons with everything else held.

    The ends are compared first, then the release in the middle against the good end, and so on; what is found is
    compared once more with the release before it. Judged are the seconds per epoch.
    """
    ends = ends_of(good, bad, beside)
    names = expand_known(workloads or ("blobs",))
    chosen = _loops(loops, SideRequest("good", ends.at(str(ends.good))))
    grid = Grid(names, batch_sizes, chosen, needs_gpu=require_gpu)
    plan = UpgradePlan(
        policy=_policy(tolerances, config, names),
        budget_seconds=budget,
        looks=looks_up_to(restarts),
        memory=False,
        counters=False,
        explain=False,
        quality=False,
        first_epoch_limit_seconds=first_epoch_limit,
        seed=seed,
    )
    how = HowToMake(beside=needs_of(names), refresh=refresh)
    how = how if version is None else replace(how, python=version)

    def keep(bisection: Bisection) -> None:
        if json_file:
            write_whole(json_file, BISECTION.text(bisection))

    with on_processors(threads), show_progress() as progress, ExitStack() as stack:
        found = run_bisection(
            ends,
            LiveReleases(ends, how, grid, plan, stack=stack, progress=progress).compare,
            lambda: releases_between(ends.name, ends.good, ends.bad, python=how.python),
            longer=longer,
            progress=progress,
            keep=keep,
        )
    click.echo(render_bisection(found, wide=wide))
    keep(found)
    click.get_current_context().exit(_exit_code(found))


def _exit_code(found: Bisection) -> int:
    if found.stopped or found.ends is None:
        return _INTERRUPTED
    if not found.differ:
        return _INCONCLUSIVE if found.ends.verdict is Verdict.INCONCLUSIVE else _NOT_SLOWER
    return _FOUND if found.is_found else _INCONCLUSIVE


def _loops(names: tuple[str, ...], request: SideRequest) -> tuple[str, ...]:
    """Return the loops that `names` name, which the backend has.

    Raises UnknownNameError: one that is named and that it hasn't, or that nobody has.
    """
    chosen = some_of(names, request.runs_keras)
    for loop in names:
        if loop != EVERY and loop not in LOOPS_OF[request.runs_keras]:
            message = (
                f"there is no loop {loop}: {PROPER_NAMES[request.runs_keras]} runs Keras there, which has "
                f"{', '.join(LOOPS_OF[request.runs_keras])}"
            )
            raise UnknownNameError(message)
    return chosen


def _policy(tolerances: Sequence[str], config: Path | None, workloads: Sequence[str]) -> Policy:
    """Return the policy that judges seconds per epoch alone.

    Raises PolicyError: a tolerance for something else, or none on the seconds per epoch.
    """
    named = all_of(map(parse_tolerance, tolerances))
    require_known_workloads(named, workloads)
    for metric in (*named.tolerances, *(metric for own in named.by_workload.values() for metric in own)):
        if metric != SECONDS_PER_EPOCH.name:
            message = f"a release is looked for by {SECONDS_PER_EPOCH.name}, and a tolerance is named for {metric}"
            raise PolicyError(message)
    whole = settings_of_project(config).then(named).applied_to(Policy(table.default_tolerances()))
    own = {name: whole.tolerance(SECONDS_PER_EPOCH.name, name) for name in workloads}
    if None in own.values():
        message = f"{SECONDS_PER_EPOCH.name} is judged, and its tolerance is false; name one, as in --tolerance 1%"
        raise PolicyError(message)
    nothing = dict.fromkeys(table.default_tolerances(), None)
    return Policy(
        tolerances={**nothing, SECONDS_PER_EPOCH.name: whole.tolerances.get(SECONDS_PER_EPOCH.name)},
        by_workload={name: {SECONDS_PER_EPOCH.name: tolerance} for name, tolerance in own.items()},
        confidence=whole.confidence,
    )
