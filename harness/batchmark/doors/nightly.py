"""The commands `nightly ...`; docs/nightly.md says what a night is."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from batchmark.doors import choices
from batchmark.doors.choices import REQUIRE_GPU, Choice, Kind
from batchmark.doors.options import INTO, MARKDOWN, option
from batchmark.errors import BatchmarkError, StoredFileError, Terminated
from batchmark.files.comparison import read_comparison
from batchmark.files.whole_file import write_whole
from batchmark.measurement.hardware import read_hardware
from batchmark.report.hardware import render_hardware
from batchmark.report.night import render_night, render_night_as_markdown
from batchmark.studies.nights.confirmation import confirm as confirm_first
from batchmark.studies.nights.hardware_file import HARDWARE
from batchmark.studies.nights.issue import ACTIONS, tell
from batchmark.studies.nights.night import run_night

_RUN = Choice("run", Kind.TEXT, "Where this night's log is, for who reads the issue.", called="URL")
_FIRST_SEED = Choice(
    "first-seed", Kind.COUNT, "Of the first run; the second has the next.", most=(choices.SEED.most or 1) - 1
)
_SUMMARY = Choice("summary", Kind.FILE, "Append what was found to this file, as Markdown.")
_TITLE = Choice("title", Kind.TEXT, "Of the issue.")
_AUTHOR = Choice("author", Kind.TEXT, "Whose open issue is the one, as gh names it.", called="LOGIN")
_FILE = click.Path(path_type=Path, dir_okay=False)
_CONFIRMED = "1 a regression was confirmed; 2 it can't be told."


@click.group()
def nightly() -> None:
    """What a night on a GPU machine needs beside the other commands."""


@nightly.command()
@option(INTO, "folder", required=True)
@option(REQUIRE_GPU, default=False)
def hardware(folder: Path, *, require_gpu: bool) -> None:
    """Record the host, and each GPU's driver, clocks and whole nvidia-smi -q."""
    found = read_hardware()
    _make(folder)
    HARDWARE.write(folder / "hardware.json", found)
    # Without a GPU, too: what an earlier night left would pass for this one's.
    write_whole(folder / "nvidia-smi.txt", found.full_text or f"{found.problem}\n")
    click.echo(render_hardware(found))
    if require_gpu and found.problem:
        message = f"a GPU is required here: {found.problem}"
        raise BatchmarkError(message)


@nightly.command(
    context_settings={"ignore_unknown_options": True},
    epilog=f"Exit codes: 0 no regression was confirmed, inconclusive included; {_CONFIRMED}",
)
@option(INTO, "folder", required=True)
@option(_FIRST_SEED, default="0", show_default=True)
@option(REQUIRE_GPU, default=False)
@option(_RUN)
@option(_SUMMARY, envvar="GITHUB_STEP_SUMMARY", show_envvar=True)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[OPTIONS OF BATCHMARK UPGRADE]...")
def upgrade(
    folder: Path,
    first_seed: int,
    run: str | None,
    summary: Path | None,
    arguments: tuple[str, ...],
    *,
    require_gpu: bool,
) -> None:
    """Run batchmark upgrade, and once more, afresh, where something regressed.

    All other options go to batchmark upgrade. The folder gets first.json, first.md and first.xml, the same of a second
    run, and issue.md for batchmark nightly issue.
    """
    _make(folder)
    issue = folder / "issue.md"
    issue.unlink(missing_ok=True)
    device = "GPU" if require_gpu else None
    night = run_night(arguments, folder, seed=first_seed, compare=call_upgrade, device=device)
    text = render_night_as_markdown(night.first, night.confirmation, run=run)
    write_whole(issue, text)
    if summary:
        _append(summary, text)
    click.echo(render_night(night.first, night.confirmation))
    click.get_current_context().exit(night.exit_code)


@nightly.command(epilog=f"Exit codes: 0 no regression was confirmed; {_CONFIRMED}")
@click.argument("first", type=_FILE)
@click.argument("second", type=_FILE)
@option(MARKDOWN)
@option(_RUN)
def confirm(first: Path, second: Path, markdown: Path | None, run: str | None) -> None:
    """Tell which regressions of comparison FIRST are in SECOND, too.

    Both are files of batchmark upgrade --json, of the same sides, measured one after the other.
    """
    confirmation = confirm_first(read_comparison(first), read_comparison(second))
    click.echo(render_night(confirmation.first, confirmation))
    if markdown:
        write_whole(markdown, render_night_as_markdown(confirmation.first, confirmation, run=run))
    click.get_current_context().exit(confirmation.exit_code)


@nightly.command()
@click.argument("file", type=_FILE)
@option(_TITLE, default="A night confirmed a regression", show_default=True)
@option(_AUTHOR, default=ACTIONS, show_default=True)
def issue(file: Path, title: str, author: str) -> None:
    """Open the one issue of the nights, or bring it up to date, through gh.

    FILE is the issue.md of batchmark nightly upgrade. Where nothing is confirmed no issue is opened, and an open one
    is told so, once. None is ever closed.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        message = f"{file} can't be read: {getattr(error, 'strerror', None) or error}"
        raise StoredFileError(message) from error
    click.echo(tell(text, title=title, author=author))


def call_upgrade(arguments: Sequence[str]) -> int:
    """Run `batchmark upgrade` in a process of its own and return its exit code."""
    # Our own module, not a `batchmark` on the path: that may be another version.
    with subprocess.Popen([sys.executable, "-m", "batchmark.doors.command_line", "upgrade", *arguments]) as child:  # noqa: S603
        try:
            return child.wait()
        except KeyboardInterrupt as error:
            # Ctrl-C reaches it too, SIGTERM us alone. As it ends it shows and stores what it has.
            if isinstance(error, Terminated):
                child.terminate()
            child.wait()
            raise


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the folder {folder} can't be made: {error.strerror}"
        raise StoredFileError(message) from error


def _append(file: Path, text: str) -> None:
    try:
        with file.open("a", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        message = f"{file} can't be written: {error.strerror}"
        raise StoredFileError(message) from error
