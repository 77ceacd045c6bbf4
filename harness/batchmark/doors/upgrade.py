"""The command `upgrade`: two sides compared live."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import click

from batchmark.analysis.looks import DEFAULT_LOOKS
from batchmark.backends import BACKENDS, PROPER_NAMES
from batchmark.comparison import Comparison, Policy
from batchmark.doors import choices
from batchmark.doors.choices import Choice, Kind
from batchmark.doors.comparison import require_known_workloads, settings_of_project, write_reports
from batchmark.doors.options import (
    CONFIG,
    JSON,
    JUNIT,
    MARKDOWN,
    PYTHON,
    RESTARTS,
    TOLERANCE,
    WITH,
    option,
    takes_refresh,
    takes_workloads,
)
from batchmark.errors import BatchmarkError, PolicyError, StoredFileError, UnknownNameError
from batchmark.files.calibration import Calibration, default_path, read_calibration
from batchmark.files.comparison import comparison_as_json
from batchmark.files.policy import all_of, parse_tolerance
from batchmark.files.whole_file import write_whole
from batchmark.loops import EVERY, FIT, LOOPS_OF, expand
from batchmark.measurement.processors import on_processors
from batchmark.metrics import table
from batchmark.metrics.quality import METRIC as QUALITY
from batchmark.progress import Progress
from batchmark.report.comparison import render_comparison
from batchmark.report.explanation import render_explanation
from batchmark.report.progress import show_progress
from batchmark.studies.live.asked_sides import (
    HowToMake,
    PreparedSide,
    SideRequest,
    are_one_environment,
    needs_of,
    prepare_side,
    require_own_code,
)
from batchmark.studies.live.plan import (
    DEFAULT_BATCH_SIZES,
    DEFAULT_BUDGET_SECONDS,
    UpgradePlan,
    looks_up_to,
)
from batchmark.studies.live.upgrade import ask_both, run_upgrade
from batchmark.studies.live.upgrade import with_facts as with_facts_of_sides
from batchmark.studies.stored.gate import exit_code
from batchmark.workloads import expand_known, is_built_in
from batchmark.written.durations import format_seconds

_INTERRUPTED = 2
_ONE_ENVIRONMENT = "memory is not compared: both sides are one environment with the same code"

_BASELINE = Choice(
    "baseline",
    Kind.TEXT,
    'As in "tensorflow-cpu==2.19.1", or with keras==3.10.0 too.',
    called="REQUIREMENTS",
)
_CANDIDATE = Choice(
    "candidate", Kind.TEXT, "The same for the other side (default: this environment).", called="REQUIREMENTS"
)
_BASELINE_PYTHON = Choice("baseline-python", Kind.FILE, "Instead: an environment that is there already.")
_CANDIDATE_PYTHON = Choice("candidate-python", Kind.FILE, "The same for the other side.")
_BASELINE_REF = Choice(
    "baseline-ref", Kind.TEXT, "Your own code of this git revision, against that in the folder.", called="REVISION"
)
_CANDIDATE_REF = Choice(
    "candidate-ref", Kind.TEXT, "The same for the other side (default: the folder as it is).", called="REVISION"
)
_BASELINE_BACKEND = Choice(
    "baseline-backend",
    Kind.ONE_OF,
    "What runs Keras there (default: what the requirements bring, or what Keras is set to).",
    words=BACKENDS,
)
_CANDIDATE_BACKEND = Choice("candidate-backend", Kind.ONE_OF, "The same for the other side.", words=BACKENDS)
_PRECISION = Choice(
    "precision",
    Kind.SHARE,
    "Go on until every interval is within ± this, as in 1%, instead of until every verdict is settled.",
)
_QUALITY = Choice(
    "quality",
    Kind.YES_OR_NO,
    "Judge the quality that training reaches: 20 to 400 trainings per batch size and side.",
)
_COUNTERS = Choice("counters", Kind.YES_OR_NO, "Count the work of an epoch too, after all that is timed.")
_EXPLAIN = Choice(
    "explain",
    Kind.YES_OR_NO,
    "Take epochs of both sides apart, to say why (default: where they regressed).",
)
_CALIBRATION = Choice("calibration", Kind.FILE, "Written by batchmark calibrate --json (default: this machine's).")


@click.command(
    epilog="Exit codes: 0 nothing regressed; 1 something regressed; 2 it could not be judged, or did not finish; "
    "3 inconclusive."
)
@option(_BASELINE)
@option(_CANDIDATE)
@option(_BASELINE_PYTHON)
@option(_CANDIDATE_PYTHON)
@option(_BASELINE_REF)
@option(_CANDIDATE_REF)
@option(_BASELINE_BACKEND)
@option(_CANDIDATE_BACKEND)
@option(WITH, "beside")
@option(PYTHON, "version")
@takes_refresh
@takes_workloads("blobs")
@option(choices.BATCH_SIZES, default=DEFAULT_BATCH_SIZES, show_default=True)
@option(choices.LOOP, "loops", default=(FIT,), show_default=True)
@option(choices.THREADS)
@option(choices.REQUIRE_GPU, default=False)
@option(choices.BUDGET, default=format_seconds(DEFAULT_BUDGET_SECONDS), show_default=True)
@option(_PRECISION)
@option(TOLERANCE, "tolerances")
@option(CONFIG)
@option(choices.MEMORY, default=True, show_default=True)
@option(_COUNTERS, default=True, show_default=True)
@option(_EXPLAIN, default=None)
@option(_QUALITY, default=True, show_default=True)
@option(RESTARTS, default=str(DEFAULT_LOOKS[-1]), show_default=True)
@option(choices.FIRST_EPOCH_LIMIT, default=format_seconds(UpgradePlan.first_epoch_limit_seconds), show_default=True)
@option(_CALIBRATION)
@option(choices.SEED, default="0", show_default=True)
@option(choices.WIDE, default=False)
@option(JSON, "json_file")
@option(MARKDOWN)
@option(JUNIT)
def upgrade(  # noqa: PLR0917  click passes them by name
    baseline: str | None,
    candidate: str | None,
    baseline_python: Path | None,
    candidate_python: Path | None,
    baseline_ref: str | None,
    candidate_ref: str | None,
    baseline_backend: str | None,
    candidate_backend: str | None,
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
    precision: float | None,
    tolerances: tuple[str, ...],
    config: Path | None,
    memory: bool,
    counters: bool,
    explain: bool | None,
    quality: bool,
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
        SideRequest("baseline", baseline, baseline_python, baseline_ref, baseline_backend),
        SideRequest("candidate", candidate, candidate_python, candidate_ref, candidate_backend),
    )
    if replace(requests[0], name="") == replace(requests[1], name=""):
        message = (
            "baseline and candidate are the same; name them with --baseline, --baseline-python, --baseline-ref or "
            "--baseline-backend (batchmark calibrate compares an environment with itself)"
        )
        raise BatchmarkError(message)
    names = expand_known(workloads or ("blobs",))
    if any(request.ref is not None for request in requests) and all(map(is_built_in, names)):
        message = "a revision is compared by your own code, and built-in workloads have none of it; name one of yours"
        raise BatchmarkError(message)
    chosen = _loops_of_both(loops, requests)
    plan = UpgradePlan(
        policy=_policy(tolerances, config, names),
        budget_seconds=budget,
        precision=precision,
        looks=looks_up_to(restarts),
        memory=memory,
        counters=counters,
        explain=explain,
        quality=quality,
        first_epoch_limit_seconds=first_epoch_limit,
        seed=seed,
    )
    how = HowToMake(beside=(*needs_of(names), *beside), refresh=refresh)
    how = how if version is None else replace(how, python=version)
    with on_processors(threads), show_progress() as progress, ExitStack() as stack:
        sides = _prepared(requests, how, stack, progress)
        facts = {name: side.facts for name, side in sides.items()}
        warnings = [_ONE_ENVIRONMENT] if memory and are_one_environment(sides.values()) else []
        plan = replace(plan, memory=memory and not warnings)
        for name in names:
            for side, prepared in sides.items():
                require_own_code(prepared, name, name=side)
        starts = {name: side.start for name, side in sides.items()}
        asked = [
            ask_both(starts, name, batch_sizes, chosen, progress=progress, needs_gpu=require_gpu) for name in names
        ]

        def keep(comparison: Comparison) -> None:
            if json_file:
                write_whole(json_file, comparison_as_json(with_facts_of_sides(comparison, facts)))

        comparison = run_upgrade(
            starts,
            asked,
            plan,
            progress=progress,
            keep=keep,
            calibration=_calibration(calibration),
            warnings=warnings,
        )
    comparison = with_facts_of_sides(comparison, facts)
    click.echo(render_comparison(comparison, wide=wide))
    for profiled in comparison.profiles:
        click.echo(f"\n{render_explanation(profiled)}")
    write_reports(comparison, json_file=json_file, markdown=markdown, junit=junit)
    click.get_current_context().exit(_INTERRUPTED if comparison.stopped else exit_code(comparison))


def _loops_of_both(names: tuple[str, ...], requests: Sequence[SideRequest]) -> tuple[str, ...]:
    """Return the loops that `names` name and both sides' backends have.

    Raises UnknownNameError: one that is named and that a side hasn't, or that nobody has.
    """
    chosen = list(dict.fromkeys(loop for request in requests for loop in expand(names, request.runs_keras)))
    for request in requests:
        theirs = LOOPS_OF[request.runs_keras]
        for loop in names:
            if loop != EVERY and loop not in theirs:
                message = (
                    f"the {request.name} has no loop {loop}: {PROPER_NAMES[request.runs_keras]} runs Keras there, "
                    f"which has {', '.join(theirs)}"
                )
                raise UnknownNameError(message)
        chosen = [loop for loop in chosen if loop in theirs]
    return tuple(chosen)


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
    require_known_workloads(named, workloads)
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
