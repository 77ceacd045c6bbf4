"""The command `report`: everything that was stored in, one page out."""

from dataclasses import replace
from pathlib import Path

import click

from batchmark.doors.choices import Choice, Kind
from batchmark.doors.options import option
from batchmark.errors import BatchmarkError
from batchmark.files.results import Results, read_results
from batchmark.files.whole_file import require_writable, write_whole
from batchmark.report.page.extra import require_page
from batchmark.studies.releases.of_files import read_found
from batchmark.studies.stored.shown import names_to_show

_HTML = Choice("html", Kind.FILE, "The page: one file, which asks for nothing from anywhere.")


@click.command(
    epilog="Exit codes: 0 all that was found is on the page; 1 some files can't be read, which the page names; 2 "
    "nothing can be read, or no page can be written."
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILES...")
@option(_HTML, default=Path("report.html"), show_default=True)
def report(files: tuple[Path, ...], *, html: Path) -> None:
    """Make one page of stored results: the verdict first, then what to do next, then the figures.

    FILES are sweeps, their journals, comparisons, calibrations, tested claims and asv's results of releases, or folders
    with such files at any depth.
    """
    require_page()
    if any(file.resolve() == html.resolve() for file in files):
        message = f"--html {html} is one of the files that are to be read; name another"
        raise BatchmarkError(message)
    require_writable(html)
    found = read_results(files, choose=names_to_show)
    releases = read_found(found.releases)
    found = replace(found, skipped=(*found.skipped, *releases.skipped))
    if not (found.read or found.sweeps or releases.lines):
        raise BatchmarkError("; ".join(f"{each.name}: {each.why}" for each in found.skipped))
    # A second of importing, and an extra.
    from batchmark.report.page.rendering import render_page  # noqa: PLC0415

    write_whole(html, render_page(found, releases.lines))
    click.echo(f"wrote {html}: {_number(_results(found), 'result')}")
    _say_what_is_missing(found)
    if found.skipped:
        click.get_current_context().exit(1)


def _say_what_is_missing(found: Results) -> None:
    for each in found.skipped:
        click.echo(f"batchmark: skipped {each.name}: {each.why}", err=True)
    for each in found.twice:
        click.echo(f"batchmark: {each.name} is {each.why}: taken once", err=True)
    for each in found.left_out:
        click.echo(f"batchmark: left out {each.name}: {each.why}", err=True)
    if found.skipped:
        click.echo(f"batchmark: {_number(len(found.skipped), 'file')} can't be read", err=True)


def _results(found: Results) -> int:
    """Return how many results there are, sweeps that are known in brief among them."""
    return len({each.name for each in found.read} | {each.name for each in found.sweeps}) + len(found.releases)


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
