"""Tables as plain text, as wide as a terminal is: what is said last goes first where they would be wider."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from itertools import takewhile
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from batchmark.report.wrapping import folded

WIDTH = 80
"""Characters a line: what every terminal and every log has."""
_BETWEEN = 3
_UNBOUNDED = 10_000
_NARROWEST = 8


@dataclass(frozen=True)
class Column:
    """A column's heading and how its values stand below it."""

    title: str
    justify: Literal["left", "right"] = "right"
    rank: int = 0
    """Where the table is too wide, the columns of the highest rank go first; those of rank 0 stay."""
    name: str = ""
    """What it is called where it is left out; the title's words, if this is empty."""
    may_fold: bool = False
    """Whether its values are words, which may stand on several lines; a number never does."""

    @property
    def in_words(self) -> str:
        """What it is called in a sentence."""
        return self.name or " ".join(self.title.split())


def render_table(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, width: int, wide: bool = False) -> str:
    """Return `rows` under those of `columns` that fit into `width` characters, or under all of them if `wide`.

    A value is never cut off: a number without its last digits is another number. So where the columns of rank 0
    alone are too wide, those that may are folded, and what still is too wide is.
    """
    kept = range(len(columns)) if wide else _that_fit(columns, rows, width)
    shown, values = [columns[index] for index in kept], [[row[index] for index in kept] for row in rows]
    return _printed(shown, values) if wide else _printed(*_folded(shown, values, width))


def names_left_out(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, width: int) -> list[str]:
    """Return what the columns are called that `render_table` leaves out of `width` characters."""
    kept = _that_fit(columns, rows, width)
    return [column.in_words for index, column in enumerate(columns) if index not in kept]


def say_left_out(names: Iterable[str]) -> list[str]:
    """Return a line on the columns that were left out of a report's tables; none where all are there."""
    distinct = list(dict.fromkeys(names))
    return [f"More columns by --wide: {', '.join(distinct)}."] if distinct else []


def _that_fit(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return the indices of the columns that are left when those of the highest ranks have gone."""
    widths = _widths(columns, rows)

    def needed(rank: int) -> int:
        kept = [width for column, width in zip(columns, widths, strict=True) if column.rank <= rank]
        return sum(kept) + _BETWEEN * (len(kept) - 1)

    ranks = sorted({column.rank for column in columns if column.rank})
    most = max(takewhile(lambda rank: needed(rank) <= width, ranks), default=0)
    return [index for index, column in enumerate(columns) if column.rank <= most]


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
    return [
        max(len(line) for text in (column.title, *(row[index] for row in rows)) for line in text.split("\n"))
        for index, column in enumerate(columns)
    ]


def _folded(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int
) -> tuple[Sequence[Column], Sequence[Sequence[str]]]:
    """Return the same with what may be folded as narrow as it takes: the widest of it first."""
    widths = _widths(columns, rows)
    excess = sum(widths) + _BETWEEN * (len(widths) - 1) - width
    foldable = {index: widths[index] for index, column in enumerate(columns) if column.may_fold}
    if excess <= 0 or not foldable:
        return columns, rows
    room = sum(foldable.values()) - excess
    levels = range(max(foldable.values()), _NARROWEST, -1)
    level = next((n for n in levels if sum(min(n, wide) for wide in foldable.values()) <= room), _NARROWEST)
    values = [[folded(text, level) if i in foldable else text for i, text in enumerate(row)] for row in rows]
    titles = [
        replace(column, title="\n".join(folded(line, level) for line in column.title.split("\n")))
        if i in foldable
        else column
        for i, column in enumerate(columns)
    ]
    return titles, values


def _printed(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column.title, justify=column.justify, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    stream = StringIO()
    console = Console(file=stream, width=_UNBOUNDED, color_system=None, markup=False, legacy_windows=False)
    console.print(table)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())
