"""The command `show`: a stored sweep in, its summary out."""

from pathlib import Path

import click

from batchmark.files.journal.places import journals_beside
from batchmark.files.journal.reading import read_any_sweep
from batchmark.report.sweep import render_stored_sweep
from batchmark.studies.sweep.summary import summarise


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--brief", is_flag=True, help="Only a table for each workload, its loops side by side.")
def show(file: Path, *, brief: bool) -> None:
    """Print the summary of a sweep stored by pytest --benchmark-json FILE, or the journal of one that was cut off."""
    stored = read_any_sweep(file)
    click.echo(render_stored_sweep(stored, summarise(stored.records), brief=brief))
    for journal in journals_beside(file):
        click.echo(f"batchmark: {journal} holds what another run measured that was not stored", err=True)
