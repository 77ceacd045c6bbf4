"""Tables as plain text."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Column:
    """A column's heading and how its values stand below it."""

    title: str
    justify: Literal["left", "right"] = "right"


def render_table(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, width: int) -> str:
    """Return `rows` under `columns` without colours, at most `width` characters wide."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column.title, justify=column.justify, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    stream = StringIO()
    Console(file=stream, width=width, color_system=None, legacy_windows=False).print(table)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())
