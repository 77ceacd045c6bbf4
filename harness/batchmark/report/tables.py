"""Tables as plain text."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

_UNBOUNDED = 10_000


@dataclass(frozen=True)
class Column:
    """A column's heading and how its values stand below it."""

    title: str
    justify: Literal["left", "right"] = "right"


def render_table(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, width: int) -> str:
    """Return `rows` under `columns` without colours, `width` characters wide or as wide as the values are.

    A value is never cut off: a number without its last digits is another number.
    """
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column.title, justify=column.justify, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    stream = StringIO()
    console = Console(file=stream, width=width, color_system=None, markup=False, legacy_windows=False)
    unbounded = console.options.update(width=_UNBOUNDED)
    console.width = max(width, Measurement.get(console, unbounded, table).maximum)
    console.print(table)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())
