"""The upgrade: arguments in, calls out."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import click

from batchmark.analysis.looks import DEFAULT_LOOKS
from batchmark.comparison import Comparison, Policy
from batchmark.doors.comparison_options import (
    BATCH_SIZES,
    FILE,
    FIRST_EPOCH_LIMIT,
    LOOP_NAMES,
    SEED,
    WIDE,
    WORKLOADS,
    settings_of_project,
    write_reports,
)
from batchmark.errors import BatchmarkError, PolicyError, StoredFileError
from batchmark.files.calibration import Calibration, default_path, read_calibration
from batchmark.files.comparison import comparison_as_json
from batchmark.files.policy import all_of, parse_tolerance
from batchmark.files.whole_file import write_whole
from batchmark.loops import FIT, expand
from batchmark.metrics import table
from batchmark.metrics.quality import METRIC as QUALITY
from batchmark.progress import Progress
from batchmark.records import Cell
from batchmark.report.comparison import render_comparison
from batchmark.report.progress import show_progress
from batchmark.studies.live.asked_sides import (
    HowToMake,
    PreparedSide,
    SideRequest,
    needs_of,
    prepare_side,
    require_own_code,
)
from batchmark.studies.live.plan import (
    DEFAULT_BUDGET_SECONDS,
    Asked,
    UpgradePlan,
    looks_up_to,
)
from batchmark.studies.live.upgrade import describe_on_both, run_upgrade
from batchmark.studies.live.upgrade import with_facts as with_facts_of_sides
from batchmark.studies.stored.gate import exit_code
from batchmark.workloads import expand as expand_workloads
from batchmark.workloads import is_built_in, require_known
from batchmark.written.batch_sizes import parse_batch_sizes
from batchmark.written.durations import parse_seconds
from batchmark.written.shares import parse_share

_INTERRUPTED = 2


@click.command(
    epilog="Exit codes: 0 nothing regressed; 1 something regressed; 2 it could not be judged, or did not finish; "
    "3 inconclusive."
)
@click.option("--baseline", metavar="REQUIREMENTS", help='As in "tensorflow-cpu==2.19.1", or with keras==3.10.0 too.')
@click.option("--candidate", metavar="REQUIREMENTS", help="The same for the other side (default: this environment).")
@click.option("--baseline-python", type=FILE, metavar="PATH", help="Instead: an environment that is there already.")
@click.option("--candidate-python", type=FILE, metavar="PATH", help="The same for the other side.")
@click.option("--baseline-ref", metavar="GIT_REV", help="Your own code of this revision, against that in the folder.")
@click.option("--candidate-ref", metavar="GIT_REV", help="The same for the other side (default: the folder as it is).")
@click.option("--with", "beside", multiple=True, metavar="REQUIREMENT", help="What both need, too. May be repeated.")
@click.option("--python", "version", metavar="VERSION", help="Of environments that are made (default: this one's).")
@click.option("--refresh", is_flag=True, help="Resolve requirements again: without it they give what they gave before.")
@WORKLOADS
@BATCH_SIZES
@LOOP_NAMES
@click.option(
    "--budget",
    default=f"{DEFAULT_BUDGET_SECONDS:g}s",
    show_default=True,
    metavar="TIME",
    help="Measure each cell no longer than this, as in 60s or 2min; starting processes and compiling come on top.",
)
@click.option(
    "--precision",
    metavar="SHARE",
    help="Go on until every interval is within ± this, as in 1%, instead of until every verdict is settled.",
)
@click.option(
    "--tolerance",
    "tolerances",
    multiple=True,
    metavar="METRIC=SHARE",
    help="The change that would matter, as seconds_per_epoch=2% or blobs.seconds_per_epoch=0.02; `false` reports the "
    f"metric without judging it. May be repeated; goes before [tool.batchmark]. Metrics: {', '.join(table.names())}.",
)
@click.option("--config", type=FILE, metavar="FILE", help="Whose [tool.batchmark] holds tolerances and confidence.")
@click.option("--no-memory", is_flag=True, help="Leave out peak memory: a few processes for each cell and side.")
@click.option("--no-quality", is_flag=True, help="Leave out quality: 20 to 80 trainings for each batch size and side.")
@click.option(
    "--restarts",
    type=click.IntRange(min=2),
    default=DEFAULT_LOOKS[-1],
    show_default=True,
    metavar="N",
    help="Restart at most so often; each restart has its share of the budget.",
)
@FIRST_EPOCH_LIMIT
@click.option(
    "--calibration", type=FILE, metavar="FILE", help="Written by batchmark calibrate --json (default: this machine's)."
)
@SEED
@WIDE
@click.option("--json", "json_file", type=FILE, metavar="FILE", help="Write the comparison, for batchmark gate.")
@click.option("--markdown", type=FILE, metavar="FILE", help="Write Markdown, for a pull request's comment.")
@click.option("--junit", type=FILE, metavar="FILE", help="Write JUnit XML, a testcase for each judged cell.")
def upgrade(  # noqa: PLR0917  click passes them by name
    baseline: str | None,
    candidate: str | None,
    baseline_python: Path | None,
    candidate_python: Path | None,
    baseline_ref: str | None,
    candidate_ref: str | None,
    beside: tuple[str, ...],
    version: str | None,
    *,
    refresh: bool,
    workloads: tuple[str, ...],
    batch_sizes: str,
    loops: tuple[str, ...],
    budget: str,
    precision: str | None,
    tolerances: tuple[str, ...],
    config: Path | None,
    no_memory: bool,
    no_quality: bool,
    restarts: int,
    first_epoch_limit: float,
    calibration: Path | None,
    seed: int,
    wide: bool,
    json_file: Path | None,
    markdown: Path | None,
    junit: Path | None,
) -> None:
    """Compare two environments, or two revisions of your code, side by side: a verdict per batch size.

    Both sides are live at the same time and take turns on this machine, in processes that are restarted several times;
    what is settled is not measured further. Judged are the seconds per epoch, peak memory and the quality that training
    reaches; reported beside them are the other metrics, the cost curve and the first epoch among them.
    """
    requests = (
        SideRequest("baseline", baseline, baseline_python, baseline_ref),
        SideRequest("candidate", candidate, candidate_python, candidate_ref),
    )
    if replace(requests[0], name="") == replace(requests[1], name=""):
        message = (
            "baseline and candidate are the same; name them with --baseline, --baseline-python or --baseline-ref "
            "(batchmark calibrate compares an environment with itself)"
        )
        raise BatchmarkError(message)
    names = expand_workloads(workloads or ("blobs",))
    for name in names:
        require_known(name)
    if any(request.ref is not None for request in requests) and all(map(is_built_in, names)):
        message = "a revision is compared by your own code, and built-in workloads have none of it; name a --workload"
        raise BatchmarkError(message)
    chosen = expand(loops or (FIT,))
    plan = UpgradePlan(
        policy=_policy(tolerances, config, names),
        budget_seconds=parse_seconds(budget, "--budget"),
        precision=None if precision is None else parse_share(precision, "--precision", hint="a share, as in 1%"),
        looks=looks_up_to(restarts),
        memory=not no_memory,
        quality=not no_quality,
        first_epoch_limit_seconds=first_epoch_limit,
        seed=seed,
    )
    how = HowToMake(beside=(*needs_of(names), *beside), refresh=refresh)
    how = how if version is None else replace(how, python=version)
    with show_progress() as progress, ExitStack() as stack:
        sides = _prepared(requests, how, stack, progress)
        facts = {name: side.facts for name, side in sides.items()}
        asked = [_asked(name, sides, batch_sizes, chosen, progress) for name in names]

        def keep(comparison: Comparison) -> None:
            if json_file:
                write_whole(json_file, comparison_as_json(with_facts_of_sides(comparison, facts)))

        comparison = run_upgrade(
            {name: side.start for name, side in sides.items()},
            asked,
            plan,
            progress=progress,
            keep=keep,
            calibration=_calibration(calibration),
        )
    comparison = with_facts_of_sides(comparison, facts)
    click.echo(render_comparison(comparison, wide=wide))
    write_reports(comparison, json_file=json_file, markdown=markdown, junit=junit)
    click.get_current_context().exit(_INTERRUPTED if comparison.stopped else exit_code(comparison))


def _calibration(named: Path | None) -> Calibration | None:
    """Return what is known of this machine's noise; what is kept and can't be read is no reason not to measure."""
    if named:
        return read_calibration(named)
    try:
        return read_calibration(default_path()) if default_path().exists() else None
    except StoredFileError as error:
        click.echo(f"batchmark: without the noise of this machine: {error}", err=True)
        return None


def _policy(tolerances: Sequence[str], config: Path | None, workloads: Sequence[str]) -> Policy:
    settings = settings_of_project(config)
    named = all_of(map(parse_tolerance, tolerances))
    for name in named.by_workload:
        if name not in workloads:
            message = f"a tolerance is named for workload {name!a}, and {', '.join(workloads)} is compared"
            raise PolicyError(message)
    policy = settings.then(named).applied_to(Policy(table.default_tolerances()))
    if any(policy.tolerance(QUALITY.name, name) == 0 for name in workloads):
        message = "a tolerance of 0 on quality: nothing is equivalent within it; name a margin above 0, or false"
        raise PolicyError(message)
    return policy


def _prepared(
    requests: Sequence[SideRequest], how: HowToMake, stack: ExitStack, progress: Progress
) -> dict[str, PreparedSide]:
    prepared = {}
    for done, request in enumerate(requests):

        def tell(detail: str, done: int = done, name: str = request.name) -> None:
            progress(phase="environments", done=done, of=len(requests), detail=f"{name}: {detail}")

        prepared[request.name] = prepare_side(request, how, stack=stack, tell=tell)
    return prepared


def _asked(
    name: str, sides: dict[str, PreparedSide], batch_sizes: str, loops: Sequence[str], progress: Progress
) -> Asked:
    for side, prepared in sides.items():
        require_own_code(prepared, name, name=side)
    progress(phase="workload", done=0, of=1, detail=f"trying {name} out on both sides")
    found = describe_on_both({side: prepared.start for side, prepared in sides.items()}, name)
    sizes = parse_batch_sizes(batch_sizes, examples=found["baseline"].examples)
    cells = tuple(Cell(name, size, loop) for loop in loops for size in sizes)
    return Asked(found["baseline"], cells, candidate=found["candidate"])
