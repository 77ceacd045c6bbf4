"""Tables of the text reports as tables of a page."""

from collections.abc import Sequence

from batchmark.report.page.parts import Head, Row, Table, Tags
from batchmark.report.tables import Column


def table_of(
    caption: str,
    columns_and_rows: tuple[Sequence[Column], Sequence[Sequence[str]]],
    *,
    tags: Tags = Tags(),  # noqa: B008  frozen
    notes: Sequence[str] = (),
    is_folded: bool = False,
    cells: int = 0,
) -> Table:
    """Return all columns of a report's table, however wide: a page scrolls."""
    columns, rows = columns_and_rows
    heads = [Head(column.in_words, is_number=column.justify == "right") for column in columns]
    lines = [Row(row) for row in rows]
    return Table(caption, heads, lines, tags=tags, notes=notes, is_folded=is_folded, cells=cells)
