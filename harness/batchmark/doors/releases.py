"""The commands on releases: arguments in, calls out."""

from functools import partial
from pathlib import Path

import click

from batchmark.doors.asv.suite import (
    Place,
    choose_suites,
    description_of,
    install_release,
    measure_releases,
    measure_stand_ins,
)
from batchmark.doors.comparison_options import WIDE
from batchmark.files.whole_file import write_whole
from batchmark.report.progress import show_progress
from batchmark.report.releases import render_history, render_history_as_markdown
from batchmark.studies.releases.history import DEFAULT_TOLERANCE, read_stored
from batchmark.studies.releases.itself import StandIns, compare_with_itself
from batchmark.studies.releases.passes import DEFAULT_PASSES, choose_releases, run_passes, tracked_lines
from batchmark.timeline.asv_runs import host_name, read_configuration, register_machine
from batchmark.timeline.releases import read_releases
from batchmark.timeline.repository import build_repository
from batchmark.timeline.update import update_releases

_LIST = click.option(
    "--list",
    "listed",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("benchmarks/releases/releases.toml"),
    show_default=True,
    help="The list of releases.",
)


@click.group()
def releases() -> None:
    """TensorFlow and Keras releases as asv's history: what a batch size costs with each."""


@releases.command()
@_LIST
@click.option(
    "--into",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".asv/releases"),
    show_default=True,
    help="Where the repository is built, or added to.",
)
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


_CONFIG = click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("asv.conf.json"),
    show_default=True,
    help="asv's configuration.",
)
_MACHINE = click.option(
    "--machine", metavar="NAME", help="What results are stored by (default: the only one there is)."
)


_TOLERANCE = click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=DEFAULT_TOLERANCE,
    show_default=True,
    help="The change that would matter: 0.02 is 2 %.",
)


@releases.command()
@_LIST
@_CONFIG
@click.option("--only", metavar="RELEASES", help="As in 2.20.0,2.21.0,keras-3.15.1 (default: every one of the list).")
@click.option("--workload", "workloads", multiple=True, metavar="NAME", help="May be repeated (default: all tracked).")
@click.option(
    "--passes",
    type=click.IntRange(min=1),
    default=DEFAULT_PASSES,
    show_default=True,
    help="Sessions each release is to have; those it has are kept.",
)
@click.option("--machine", metavar="NAME", help="What results are stored by (default: this host's name).")
@click.option(
    "--at-once",
    type=click.IntRange(min=2),
    metavar="N",
    help="Releases that take turns, each in a live process of 0.5 to 1.5 GB (default: as many as fit into the memory).",
)
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
    suites = choose_suites(configuration.suite, workloads)
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
@_CONFIG
@_MACHINE
@_TOLERANCE
@click.option(
    "--markdown",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write every batch size into this file.",
)
@WIDE
def report(file: Path, machine: str | None, tolerance: float, markdown: Path | None, *, wide: bool) -> None:
    """Compare each release with the one before it, from what is stored."""
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
@_CONFIG
@click.option("--workload", default="blobs", show_default=True, metavar="NAME", help="One that is tracked.")
@click.option("--stand-ins", type=click.IntRange(min=2), default=StandIns.count, show_default=True, help="Processes.")
@click.option("--passes", type=click.IntRange(min=2), default=StandIns.passes, show_default=True, help="Restarts.")
@_TOLERANCE
def itself(  # noqa: PLR0917  click passes them by name
    release: str, listed: Path, file: Path, workload: str, stand_ins: int, passes: int, tolerance: float
) -> None:
    """Compare RELEASE with itself: how often is something called different that is the same?

    Stand-ins of it are measured and compared as releases are. Nothing is stored.
    """
    configuration = read_configuration(file)
    build_repository(read_releases(listed), configuration.repository)
    (commit,) = choose_releases(tracked_lines(configuration), (release,))
    (tracked,) = choose_suites(configuration.suite, (workload,)).values()
    place = Place(configuration.repository, configuration.environments)
    with show_progress() as progress:
        found = compare_with_itself(
            commit,
            tracked,
            description_of(tracked),
            StandIns(stand_ins, passes),
            tolerance=tolerance,
            measure=partial(measure_stand_ins, place, commit.commit),
            progress=progress,
        )
    for problem in found.problems:
        click.echo(f"batchmark: {problem}", err=True)
    click.echo(render_history(found.history))
    if not found.history.steps:
        click.get_current_context().exit(2)
