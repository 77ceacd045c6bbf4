"""Rows and layers of a chart, made at once: Altair copies a chart, row by row, at every step of making it."""

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


def layer_of(mark: Mapping[str, Any], encoding: Mapping[str, Any], *, only: str = "", **more: Any) -> alt.Chart:  # noqa: ANN401  Altair's
    """Return a mark of all rows, or of those alone that have a number in the field `only`."""
    filtered = {"transform": [{"filter": f"isValid(datum.{only})"}]} if only else {}
    plain = {channel: _plain(each) for channel, each in encoding.items()}
    return alt.Chart(mark=dict(mark), encoding=alt.FacetedEncoding(**plain), **filtered, **more)


def _plain(encoding: Any) -> Any:  # noqa: ANN401  Altair's
    """Return what an encoding says, and not all that it might."""
    match encoding:
        case list():
            return [_plain(each) for each in encoding]
        case dict():
            return encoding
        case _:
            return encoding.to_dict(validate=False)
