"""Rows of a chart, which Altair hands on as they are: it would copy a list, row by row, at every step of a chart."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import altair as alt


class _Rows:
    _schema: ClassVar[Mapping[str, str]] = {"type": "array"}
    """Tells Altair that it is to be asked for what it is."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._rows = [dict(row) for row in rows]

    def to_dict(self, **_: object) -> list[dict[str, Any]]:
        """Return them, as Altair asks of what it finds in a chart."""
        return self._rows


def data_of(rows: Iterable[Mapping[str, Any]]) -> alt.Data:
    """Return `rows` as a chart's data."""
    return alt.Data(values=_Rows(rows))
