"""The commands on the list of releases: arguments in, calls out."""

from pathlib import Path

import click

from batchmark.report.progress import show_progress
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
    """The TensorFlow and Keras releases that asv tracks: their list, and the git repository made of it."""


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
