"""Charts as figures of a page: a specification in few bytes, its words as a caption, its data under plain names."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from batchmark.report.page.parts import Figure
from batchmark.report.pictures.looks import Chart
from batchmark.report.pictures.unchecked import specification_of

Rows = Sequence[Mapping[str, Any]]

_DIGITS = 6
_TOLD = frozenset({"told", "against", "label", "goes_on_low", "goes_on_high"})
"""Fields that are there to be drawn or hovered over, and say nothing that others don't."""


def figure_of(chart: Chart, file: str, columns: Mapping[str, str], caption: Sequence[str] = ()) -> Figure:
    """Return `chart` as a figure; `columns` are what fields of its rows are called as CSV, others keep their name.

    Its `caption` is the chart's own subtitle, unless another is given.
    """
    spec = with_datasets(specification_of(chart))
    title = spec.get("title", {})
    most = max(spec["datasets"].values(), key=len)
    fields = [field for field in most if field not in _TOLD]
    return Figure(
        title=title.get("text", file),
        caption=caption or title.get("subtitle", []),
        file=re.sub(r"[^\w.-]+", "-", file).strip("-.") or "figure",
        spec=spec,
        columns={field: columns.get(field, field) for field in fields},
    )


def with_datasets(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same specification with each set of rows once, and what layers share above them.

    The page's script makes rows of the columns again: `by_column` says how they stand.
    """
    datasets: dict[str, dict[str, Any]] = {}
    names: dict[str, str] = {}

    def named(node: Any) -> Any:  # noqa: ANN401  JSON
        match node:
            case {"values": list(rows), **rest} if not rest and rows and all(isinstance(row, dict) for row in rows):
                columns = by_column(rows)
                name = names.setdefault(json.dumps(columns), f"rows{len(names) + 1}")
                datasets[name] = columns
                return {"name": name}
            case dict():
                return _shared_above({key: named(value) for key, value in node.items()})
            case list():
                return [named(value) for value in node]
            case _:
                return node

    whole = named(dict(spec))
    return {**whole, "datasets": datasets}


def by_column(rows: Rows) -> dict[str, Any]:
    """Return the values of each field, in numbers of six digits; texts that come again as places in a list of them."""
    fields = dict.fromkeys(field for row in rows for field in row)
    return {field: _column([_rounded(row.get(field)) for row in rows]) for field in fields}


def _column(values: list[Any]) -> Any:  # noqa: ANN401  JSON
    distinct = list(dict.fromkeys(value for value in values if isinstance(value, str)))
    if len(values) < 2 * len(distinct) or not all(isinstance(value, str) for value in values):
        return values
    places = {value: place for place, value in enumerate(distinct)}
    return {"of": distinct, "at": [places[value] for value in values]}


def _shared_above(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a layered specification with the encodings that all its layers have alike above them, once."""
    layers = spec.get("layer")
    if not isinstance(layers, list) or not all(isinstance(each.get("encoding"), dict) for each in layers):
        return spec
    first = layers[0]["encoding"]
    shared = {
        channel: encoding
        for channel, encoding in first.items()
        if all(each["encoding"].get(channel) == encoding for each in layers)
    }
    for each in layers:
        each["encoding"] = {channel: own for channel, own in each["encoding"].items() if channel not in shared}
    return {**spec, "encoding": shared} if shared else spec


def _rounded(value: object) -> object:
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value
