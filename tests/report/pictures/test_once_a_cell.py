"""Memory and the first epoch against batch size."""

from dataclasses import replace
from typing import Any

import pytest

from batchmark.records import CellRecord
from batchmark.report.pictures.looks import bytes_axis
from batchmark.report.pictures.once_a_cell import draw_first_epoch, draw_memory
from batchmark.studies.sweep.summary import summarise
from pages_made import records_of


def _values(chart: Any) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = chart.to_dict()["data"]["values"]
    return values


def _without_memory() -> list[CellRecord]:
    return [replace(record, peak_host_bytes=None) for record in records_of()]


def test_memory_is_drawn_with_its_line() -> None:
    chart = draw_memory(summarise(records_of()), "here")
    rows = _values(chart)
    assert [row["batch_size"] for row in rows] == [16, 31, 32, 33, 50, 64, 128]
    assert rows[0]["told"] == "701 MiB"
    assert rows[0]["fitted"] == pytest.approx(rows[0]["value"], rel=1e-6)
    assert "dashed: the fitted base" in str(chart.to_dict()["title"])  # type: ignore[union-attr]


def test_where_there_is_a_gpu_it_is_its_memory() -> None:
    records = [replace(record, peak_device_bytes=2**30) for record in records_of()]
    chart = draw_memory(summarise(records))
    assert {row["told"] for row in _values(chart)} == {"1 GiB"}
    assert "on the GPU" in str(chart.to_dict()["title"])  # type: ignore[union-attr]


def test_what_was_not_measured_is_not_drawn() -> None:
    assert draw_memory(summarise(_without_memory())) is None
    assert draw_first_epoch(summarise([replace(r, first_epoch_seconds=0.0) for r in records_of()])) is None


def test_the_first_epoch_says_what_is_extra() -> None:
    rows = _values(draw_first_epoch(summarise(records_of())))
    assert rows[0]["value"] == 1.25
    assert rows[0]["told"].startswith("1.25 s, of which 1.2")


@pytest.mark.parametrize(
    ("most", "marks"),
    [
        (700 * 2**20, [0, 200, 400, 600, 800]),
        (3 * 2**20, [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]),
        (500, [0, 100, 200, 300, 400, 500]),
    ],
)
def test_memory_has_an_axis_in_binary_units(most: float, marks: list[float]) -> None:
    scale, axis = bytes_axis([most], title="peak memory")
    size = 2**20 if most > 2**20 else 1
    assert [mark / size for mark in axis.to_dict()["values"]] == pytest.approx(marks)
    assert scale.to_dict()["domain"] == [0, axis.to_dict()["values"][-1]]
