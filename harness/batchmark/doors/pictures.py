"""What the verbs that draw have in common: the option that asks for pictures, and saying where they are."""

from collections.abc import Sequence
from pathlib import Path

import click

from batchmark.doors.choices import Choice, Kind

PLOT = Choice("plot", Kind.FOLDER, "Draw pictures of it too, into this folder, as SVG and PNG.")


def name_pictures(paths: Sequence[Path]) -> None:
    """Say which pictures were written, or that there was nothing to draw."""
    for path in paths:
        click.echo(f"wrote {path}")
    if not paths:
        click.echo("batchmark: nothing to draw: there is no cell to compare", err=True)
