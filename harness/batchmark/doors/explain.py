"""The command `explain`: why one side is slower, of a stored comparison."""

from pathlib import Path

import click

from batchmark.doors.choices import Choice, Kind
from batchmark.doors.options import option
from batchmark.errors import BatchmarkError
from batchmark.files.comparison import read_comparison
from batchmark.files.whole_file import write_whole
from batchmark.report.explanation import render_explanation
from batchmark.report.speedscope import render_as_speedscope

_FLAMES = Choice(
    "flames",
    Kind.FILE,
    "Write both sides' flame graphs, for speedscope.app or npx speedscope.",
)


@click.command()
@click.argument("result", type=click.Path(path_type=Path))
@option(_FLAMES)
def explain(result: Path, *, flames: Path | None) -> None:
    """Say where an epoch's time goes on either side of a comparison, and what it is put down to.

    RESULT was stored by batchmark upgrade --json: of what regressed, or of all with --explain.
    """
    comparison = read_comparison(result)
    if not comparison.profiles:
        message = (
            f"{result} holds no explanation: nothing regressed in its epochs, or it is older; type the same "
            "batchmark upgrade with --explain"
        )
        raise BatchmarkError(message)
    click.echo("\n\n".join(render_explanation(each) for each in comparison.profiles))
    if flames:
        write_whole(flames, render_as_speedscope(comparison.profiles))
