"""The command `show`: a stored sweep or answer in, what its verb said out."""

from pathlib import Path

import click

from batchmark.doors import choices, laboratory_verbs
from batchmark.doors.laboratory_verbs import Wanted
from batchmark.doors.options import option
from batchmark.doors.pictures import PLOT, name_pictures
from batchmark.files.journal.places import journals_beside
from batchmark.files.journal.reading import read_any_sweep
from batchmark.report.pictures.extra import require_drawing
from batchmark.report.sweep import render_stored_sweep
from batchmark.studies.questions.stored import read_answer
from batchmark.studies.sweep.summary import summarise


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--brief", is_flag=True, help="Of a sweep: only a table for each workload, its loops side by side.")
@option(choices.WIDE, default=False)
@option(PLOT, "folder")
def show(file: Path, *, brief: bool, wide: bool, folder: Path | None) -> None:
    """Print the summary of a sweep stored by pytest --benchmark-json FILE, or the journal of one that was cut off.

    Of what choose, target, quality, noise-scale, schedules and observe have stored, print what they said.
    """
    if folder:
        require_drawing()
    if (answer := read_answer(file)) is not None:
        laboratory_verbs.show(answer, file.stem, Wanted(folder))
        return
    stored = read_any_sweep(file)
    summaries = summarise(stored.records)
    click.echo(render_stored_sweep(stored, summaries, brief=brief, wide=wide))
    if folder:
        # A second of importing, and an extra.
        from batchmark.report.pictures.of_sweep import draw_sweep  # noqa: PLC0415

        name_pictures(draw_sweep(summaries, stored.facts, folder))
    for journal in journals_beside(file):
        click.echo(f"batchmark: {journal} holds what another run measured that was not stored", err=True)
