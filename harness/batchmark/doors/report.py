"""The command `report`: everything that was stored in, one page out."""

import os
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import click

from batchmark.doors.choices import Choice, Kind
from batchmark.doors.options import option
from batchmark.errors import BatchmarkError
from batchmark.files.results import Passed, Results, files_below, read_results
from batchmark.files.whole_file import require_writable, write_whole
from batchmark.report.page.extra import require_page
from batchmark.site.link import INDEX, link_site, require_site
from batchmark.studies.questions.stored import READERS
from batchmark.studies.releases.of_files import FoundReleases, read_found
from batchmark.studies.stored.shown import names_to_show
from batchmark.timeline.asv_runs import read_configuration

_HTML = Choice(
    "html",
    Kind.FILE,
    "The page: one file, which asks for nothing from anywhere (default: report.html, in the folder of --site).",
)
_SITE = Choice("site", Kind.FOLDER, "asv's published site: the page goes into it, and the two are linked.")
_NAME = "report.html"
_ASV = Path("asv.conf.json")
_KEPT = Path(".benchmarks")
"""Where pytest-benchmark keeps runs by ``--benchmark-autosave``, and so where those of ``tox run -e bench`` are."""


@click.command(
    epilog="Exit codes: 0 all that was found is on the page; 1 some files can't be read, which the page names; 2 "
    "nothing can be read, or no page can be written."
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILES]...")
@option(_HTML)
@option(_SITE)
def report(files: tuple[Path, ...], *, html: Path | None, site: Path | None) -> None:
    """Make one page of stored results: the verdict first, then what to do next, then the figures.

    FILES are sweeps, their journals, comparisons, calibrations, tested claims, asv's results of releases, and what
    choose, target, quality, noise-scale, schedules and observe have stored; or folders with such files at any depth.
    Without any they are the runs in .benchmarks, where pytest --benchmark-autosave and tox run -e bench keep them; with
    --site the results that asv.conf.json here names, too.
    """
    require_page()
    html = html or (site / _NAME if site else Path(_NAME))
    if any(file.resolve() == html.resolve() for file in files):
        message = f"--html {html} is one of the files that are to be read; name another"
        raise BatchmarkError(message)
    if site:
        require_site(site)
    require_writable(html)
    found = read_results(files, choose=names_to_show, more=READERS) if files else _kept()
    releases = read_found(found.releases)
    found = replace(found, skipped=(*found.skipped, *releases.skipped))
    if site and not files:
        found, releases = _with_asvs(found, releases)
    if not (found.read or found.sweeps or releases.lines):
        raise BatchmarkError("; ".join(f"{each.name}: {each.why}" for each in found.skipped))
    # A second of importing, and an extra.
    from batchmark.report.page.rendering import render_page  # noqa: PLC0415

    page = render_page(found, releases.lines, site=_address(site / INDEX, html) if site else "")
    write_whole(html, page)
    if site:
        link_site(site, _address(html, site / INDEX))
    click.echo(f"wrote {html}: {_number(_results(found), 'result')}")
    _say_what_is_missing(found)
    if found.skipped:
        click.get_current_context().exit(1)


def _kept() -> Results:
    """Return the runs that are kept where nobody named any. Raises BatchmarkError: there are none."""
    try:
        return read_results([_KEPT], choose=names_to_show, more=READERS)
    except BatchmarkError as error:
        # What is there and can't be read is told as it is.
        if any(_KEPT.rglob("*.json")):
            raise
        message = (
            f"nothing is kept in {_KEPT} yet; type: pytest --benchmark-only --benchmark-autosave (in Batchmark's own "
            "repository: tox run -e bench), or name stored results"
        )
        raise BatchmarkError(message) from error


def _with_asvs(found: Results, releases: FoundReleases) -> tuple[Results, FoundReleases]:
    """Return what was found with the releases that asv.conf.json here leads to; nobody named them, so none is missed.

    Why some aren't there is said, and among what is left out.
    """
    if not _ASV.exists():
        return found, releases
    try:
        folder = Path(os.path.relpath(read_configuration(_ASV).results))
        files = read_results([folder], more=READERS).releases if any(files_below(folder)) else ()
    except BatchmarkError as error:
        return replace(found, left_out=(*found.left_out, Passed(str(_ASV), str(error)))), releases
    asvs = read_found(files)
    # Named by their file, or by the folder where none of it can be read.
    lost = {Path(each.name).absolute() for each in asvs.skipped}
    shown = tuple(file for file in files if lost.isdisjoint({file.absolute(), file.absolute().parent}))
    return (
        replace(found, releases=(*found.releases, *shown), left_out=(*found.left_out, *asvs.skipped)),
        replace(releases, lines=(*releases.lines, *asvs.lines)),
    )


def _address(of: Path, seen_from: Path) -> str:
    """Return the relative address of one file in another."""
    return quote(Path(os.path.relpath(of, seen_from.parent)).as_posix())


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
