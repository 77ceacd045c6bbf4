"""The commands `releases ...`: TensorFlow's and Keras' releases as asv's history."""

from functools import partial
from pathlib import Path

import click

from batchmark.doors import choices
from batchmark.doors.asv.suite import (
    Place,
    choose_suites,
    description_of,
    install_release,
    measure_releases,
    measure_stand_ins,
)
from batchmark.doors.choices import Choice, Kind
from batchmark.doors.options import INTO, MARKDOWN, TOLERANCE, option, takes_workloads
from batchmark.errors import PolicyError
from batchmark.files.policy import all_of, parse_tolerance
from batchmark.files.whole_file import write_whole
from batchmark.report.progress import show_progress
from batchmark.report.releases import render_history, render_history_as_markdown
from batchmark.studies.releases.history import DEFAULT_TOLERANCE, read_stored
from batchmark.studies.releases.itself import StandIns, compare_with_itself
from batchmark.studies.releases.passes import DEFAULT_PASSES, choose_releases, run_passes, tracked_lines
from batchmark.studies.releases.session import Tracked
from batchmark.timeline.asv_runs import Configuration, host_name, read_configuration, register_machine
from batchmark.timeline.releases import read_releases
from batchmark.timeline.repository import build_repository
from batchmark.timeline.update import update_releases
from batchmark.workloads.registry import EVERY

_LIST = option(
    Choice("list", Kind.FILE, "The list of releases."),
    "listed",
    default=Path("benchmarks/releases/releases.toml"),
    show_default=True,
)
_ASV_CONFIG = option(
    Choice("asv-config", Kind.FILE, "asv's configuration.", before=("config",)),
    "file",
    default=Path("asv.conf.json"),
    show_default=True,
)
_MACHINE = option(
    Choice(
        "machine",
        Kind.NAME,
        "What results are stored by (default: this host's name; of what is stored, the only one there is).",
    )
)
_PASSES = Choice("passes", Kind.COUNT, "Sessions each release is to have; those that are stored count.", least=1)
_ONLY = Choice(
    "only",
    Kind.TEXT,
    "As in 2.20.0,2.21.0,keras-3.15.1 (default: every one of the list).",
    called="RELEASES",
)
_AT_ONCE = Choice(
    "at-once",
    Kind.COUNT,
    "Releases that take turns, each in a live process of 0.5 to 1.5 GB (default: as many as fit into the memory).",
    least=2,
)
_STAND_INS = Choice("stand-ins", Kind.COUNT, "Processes that stand in for releases.", least=2)


@click.group()
def releases() -> None:
    """TensorFlow and Keras releases as asv's history: what a batch size costs with each."""


@releases.command()
@_LIST
@option(INTO, "folder", default=Path(".asv/releases"), show_default=True)
def build(listed: Path, folder: Path) -> None:
    """Make a git repository of the list, in which each release is a commit: asv's `repo`.

    The hashes are the same on every machine. What is there already stays.
    """
    lines = read_releases(listed)
    built = build_repository(lines, folder)
    branches = ", ".join(line.branch for line in lines)
    click.echo(f"{folder}: {len(built.hashes)} releases on branches {branches}; {len(built.added)} of them new")


@releases.command()
@_LIST
@click.option("--dry-run", is_flag=True, help="Find and resolve, but write nothing.")
def update(listed: Path, *, dry_run: bool) -> None:
    """Append what the package index has and the list lacks: the last patch of each newer minor, with its lock."""
    with show_progress() as progress:
        result = update_releases(listed, dry_run=dry_run, progress=progress)
    for release in result.added:
        click.echo(f"{'would append' if dry_run else 'appended'} {release.title}, released {release.released}")
    for problem in result.problems:
        click.echo(f"batchmark: {problem}", err=True)
    if result.problems:
        click.get_current_context().exit(2)
    if not result.added:
        click.echo("nothing newer than what is listed")
    elif not dry_run:
        click.echo("now commit the list and its locks, and type batchmark releases build")


@releases.command()
@_LIST
@_ASV_CONFIG
@option(_ONLY)
@takes_workloads("all that are tracked")
@option(_PASSES, default=str(DEFAULT_PASSES), show_default=True)
@_MACHINE
@option(_AT_ONCE)
def run(  # noqa: PLR0917  click passes them by name
    listed: Path,
    file: Path,
    only: str | None,
    workloads: tuple[str, ...],
    passes: int,
    machine: str | None,
    at_once: int | None,
) -> None:
    """Measure what is missing, each release in an environment of its own.

    In a pass the releases of a line take turns, cell by cell in random order; a release that is new is measured
    together with the one before it. Builds the repository and the environments first. Interrupted, it goes on with the
    pass that it was in.

    Exits 2 where a release lacks a session at the end, because it can't be installed or nothing of it could be
    measured; single cells that failed are named and end nothing.
    """
    configuration = read_configuration(file)
    build_repository(read_releases(listed), configuration.repository)
    commits = choose_releases(tracked_lines(configuration), only.split(",") if only else ())
    suites = _suites(configuration, workloads)
    name = machine or host_name()
    register_machine(name, configuration.results)
    place = Place(configuration.repository, configuration.environments)
    with show_progress() as progress:
        done = run_passes(
            configuration,
            commits,
            suites,
            passes=passes,
            at_once=at_once,
            machine=name,
            install=partial(install_release, place),
            measure=partial(measure_releases, place),
            progress=progress,
            folder=configuration.repository.parent,
        )
    for problem in done.problems:
        click.echo(f"batchmark: {problem}", err=True)
    failed = f"{done.failed} failed, " if done.failed else ""
    click.echo(
        f"{done.measured} sessions measured, {failed}{done.complete} were there; results in {configuration.results}"
    )
    click.echo("batchmark releases report compares them; asv publish makes the site")
    if done.failed:
        click.get_current_context().exit(2)


@releases.command()
@_ASV_CONFIG
@_MACHINE
@option(TOLERANCE, "tolerances")
@option(MARKDOWN)
@option(choices.WIDE, default=False)
def report(file: Path, machine: str | None, tolerances: tuple[str, ...], markdown: Path | None, *, wide: bool) -> None:
    """Compare each release with the one before it, from what is stored."""
    tolerance = _share(tolerances)
    stored = read_stored(read_configuration(file), machine=machine)
    histories = stored.histories(tolerance=tolerance)
    click.echo("\n\n".join(render_history(history, wide=wide) for history in histories))
    for problem in stored.unreadable:
        click.echo(f"batchmark: {problem}", err=True)
    if markdown:
        text = "\n".join(render_history_as_markdown(history) for history in histories)
        write_whole(markdown, f"# Releases compared\n\n{text}")
        click.echo(f"wrote {markdown}")
    if stored.unreadable:
        click.get_current_context().exit(2)


@releases.command()
@click.argument("release")
@_LIST
@_ASV_CONFIG
@takes_workloads("blobs")
@option(_STAND_INS, default=str(StandIns.count), show_default=True)
@option(_PASSES, default=str(StandIns.passes), show_default=True)
@option(TOLERANCE, "tolerances")
def itself(  # noqa: PLR0917  click passes them by name
    release: str,
    listed: Path,
    file: Path,
    workloads: tuple[str, ...],
    stand_ins: int,
    passes: int,
    tolerances: tuple[str, ...],
) -> None:
    """Compare RELEASE with itself: how often is something called different that is the same?

    Stand-ins of it are measured and compared as releases are. Nothing is stored.
    """
    tolerance, asked = _share(tolerances), StandIns(stand_ins, passes)
    configuration = read_configuration(file)
    build_repository(read_releases(listed), configuration.repository)
    (commit,) = choose_releases(tracked_lines(configuration), (release,))
    suites = _suites(configuration, workloads or ("blobs",))
    place = Place(configuration.repository, configuration.environments)
    is_whole = True
    for tracked in suites.values():
        with show_progress() as progress:
            found = compare_with_itself(
                commit,
                tracked,
                description_of(tracked),
                asked,
                tolerance=tolerance,
                measure=partial(measure_stand_ins, place, commit.commit),
                progress=progress,
            )
        for problem in found.problems:
            click.echo(f"batchmark: {problem}", err=True)
        click.echo(render_history(found.history))
        is_whole = is_whole and bool(found.history.steps)
    if not is_whole:
        click.get_current_context().exit(2)


def _suites(configuration: Configuration, workloads: tuple[str, ...]) -> dict[str, Tracked]:
    """Return what tracks `workloads`; ``all`` stands for all that are tracked."""
    return choose_suites(configuration.suite, () if EVERY in workloads else workloads)


def _share(tolerances: tuple[str, ...]) -> float:
    """Return the one tolerance that releases are compared by.

    Raises PolicyError: one of a single metric or workload was named.
    """
    named = all_of(map(parse_tolerance, tolerances))
    if named.tolerances or named.by_workload:
        message = "releases are compared by one tolerance for every metric; type a share alone, as --tolerance 2%"
        raise PolicyError(message)
    return DEFAULT_TOLERANCE if named.share is None else named.share
