"""The command `claims`: what sources claim on batch size, listed and tested."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from batchmark.doors.laboratory_options import BUDGET
from batchmark.doors.options import JSON, KEEP, MARKDOWN, option
from batchmark.doors.pictures import PLOT
from batchmark.errors import BatchmarkError, StoredFileError, UnknownNameError
from batchmark.files.whole_file import write_whole
from batchmark.measurement.hardware import gpu_facts, machine_facts
from batchmark.report.claims import render_claims, render_list
from batchmark.report.claims_json import claims_as_json
from batchmark.report.claims_markdown import Pictures, render_claims_as_markdown
from batchmark.report.pictures.extra import make_folder, require_drawing
from batchmark.report.progress import show_progress
from batchmark.studies.claims.claim import Claim
from batchmark.studies.claims.study import Outcomes, run_claims
from batchmark.studies.claims.table import claims as all_claims
from batchmark.studies.laboratory.kept import default_folder
from batchmark.studies.laboratory.laboratory import Laboratory

_EVERY = "all"


@click.command(
    epilog="Exit codes: 0 everything asked for has a verdict, whichever; 2 something was not tested, or it did not "
    "finish: what was found is shown and written."
)
@click.argument("numbers", nargs=-1, metavar="[NUMBER]...|all")
@option(BUDGET)
@option(KEEP)
@option(PLOT, "folder")
@option(MARKDOWN)
@option(JSON, "json_file")
def claims(  # noqa: PLR0917  click passes them by name
    numbers: tuple[str, ...],
    budget: float | None,
    keep: Path | None,
    folder: Path | None,
    markdown: Path | None,
    json_file: Path | None,
) -> None:
    """List what sources claim on batch size; with numbers, or `all`, test those claims.

    Each ends confirmed, refuted or inconclusive, by a rule that was stated before: paired seeds, at equal epochs and at
    equal updates. What was trained and timed is kept: after Ctrl-C, or a budget that was spent, the same command goes
    on. Markdown that doesn't fit a page gets a folder of that name beside it, with a page a claim.
    """
    known = all_claims()
    if not numbers:
        _refuse_without_numbers({"budget": budget, "plot": folder, "markdown": markdown, "json": json_file})
        click.echo(render_list(known))
        return
    asked = _asked(numbers, known)
    if folder:
        # Asked for before minutes of training, not after them.
        require_drawing()
        make_folder(folder)
    with show_progress() as progress, Laboratory(keep or default_folder(), progress=progress) as laboratory:
        found = run_claims(asked, laboratory, budget_seconds=budget, progress=progress)
    found = _with_hardware(found)
    click.echo(render_claims(found))
    if json_file:
        write_whole(json_file, claims_as_json(found))
    pictures = _draw(found, folder) if folder else {}
    if markdown:
        _write_pages(render_claims_as_markdown(found, markdown, pictures))
    if not found.is_whole:
        click.get_current_context().exit(2)


def _asked(numbers: Sequence[str], known: Sequence[Claim]) -> list[Claim]:
    """Return the claims that are asked for, in the order of their numbers, each once.

    Raises UnknownNameError: a number that no claim has.
    """
    by_number = {str(claim.number): claim for claim in known}
    for number in numbers:
        if number not in by_number and number != _EVERY:
            first, last = min(each.number for each in known), max(each.number for each in known)
            message = (
                f"there is no claim {ascii(number)[:40]}; name numbers from {first} to {last}, or all (batchmark "
                "claims lists them)"
            )
            raise UnknownNameError(message)
    return [claim for claim in known if _EVERY in numbers or str(claim.number) in numbers]


def _refuse_without_numbers(given: dict[str, object]) -> None:
    if named := [name for name, value in given.items() if value is not None]:
        message = f"--{named[0]} is of claims that are tested; name some, as in batchmark claims 2 4 11, or all"
        raise BatchmarkError(message)


def _with_hardware(found: Outcomes) -> Outcomes:
    """Return the same with what the operating system and a GPU's driver tell of the machine."""
    return replace(found, facts={**machine_facts(), **found.facts, **gpu_facts(found.facts)})


def _draw(found: Outcomes, folder: Path) -> Pictures:
    from batchmark.report.pictures.of_claims import draw_claims  # noqa: PLC0415  a second of importing, and an extra

    pictures: dict[int, list[tuple[str, Path]]] = {}
    for drawn in draw_claims(found, folder):
        # The PNG: what a page shows as it is everywhere.
        pictures.setdefault(drawn.claim, []).append((drawn.title, drawn.paths[-1]))
        for path in drawn.paths:
            click.echo(f"wrote {path}")
    return pictures


def _write_pages(pages: dict[Path, str]) -> None:
    for path, text in pages.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"{path} can't be written: {error.strerror}"
            raise StoredFileError(message) from error
        write_whole(path, text)
        click.echo(f"wrote {path}")
