"""A sweep's pictures as files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from batchmark.errors import BatchmarkError
from batchmark.records import Cell, CellRecord, Status
from batchmark.report.pictures.of_sweep import draw_sweep
from batchmark.studies.sweep.summary import summarise
from svg import number_of_marks, texts_of
from synthetic import gaussian, sweep_of

FACTS = {"tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6", "device": "CPU", "cores": 2}


def _records(workload: str = "blobs", sizes: tuple[int, ...] = (8, 31, 32, 33, 100, 500)) -> list[CellRecord]:
    records = sweep_of(np.random.default_rng(4), noise=gaussian(0.02), sizes=sizes)
    return [replace(record, cell=replace(record.cell, workload=workload)) for record in records]


def test_three_pictures_a_workload_each_as_svg_and_png(tmp_path: Path) -> None:
    records = [*_records(), *_records("mypackage.training:workload")]
    paths = draw_sweep(summarise(records), FACTS, tmp_path / "new")
    names = ("throughput", "seconds-per-epoch", "powers-of-two")
    assert [path.name for path in paths] == [
        f"{workload}-{name}.{ending}"
        for workload in ("blobs", "mypackage.training-workload")
        for name in names
        for ending in ("svg", "png")
    ]
    assert all(path.is_file() for path in paths)


def test_a_picture_shows_every_cell_its_interval_and_where_it_was_measured(tmp_path: Path) -> None:
    svg = draw_sweep(summarise(_records()), FACTS, tmp_path)[0]
    texts = texts_of(svg)
    assert any("TensorFlow 2.21.0 · Keras 3.15.1 · numpy 2.4.6 · CPU, 2 cores" in text for text in texts)
    assert {"8", "32", "100", "500", "batch size", "examples per second"} <= set(texts)
    assert number_of_marks(svg, "symbol") == number_of_marks(svg, "rule") == 6
    assert number_of_marks(svg, "line") == 1


def test_a_loop_has_a_curve_of_its_own_and_stands_in_the_legend(tmp_path: Path) -> None:
    compiled = [replace(record, cell=Cell("blobs", record.cell.batch_size, "compiled")) for record in _records()]
    svg = draw_sweep(summarise([*_records(), *compiled]), FACTS, tmp_path)[0]
    assert number_of_marks(svg, "line") == 2
    assert number_of_marks(svg, "symbol") == 12
    assert {"loop", "fit", "compiled"} <= set(texts_of(svg))


def test_a_grid_without_contrasts_has_no_picture_of_them(tmp_path: Path) -> None:
    paths = draw_sweep(summarise(_records(sizes=(8, 100, 500))), None, tmp_path)
    assert {path.stem for path in paths} == {"blobs-throughput", "blobs-seconds-per-epoch"}


def test_of_a_workload_without_a_cell_to_compare_nothing_is_drawn(tmp_path: Path) -> None:
    failed = [replace(record, status=Status.FAILED) for record in _records()]
    assert draw_sweep(summarise(failed), FACTS, tmp_path) == []


def test_the_same_sweep_gives_the_same_files(tmp_path: Path) -> None:
    first, second = (draw_sweep(summarise(_records()), FACTS, tmp_path / name) for name in ("one", "two"))
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BatchmarkError, match="can't write"):
        draw_sweep(summarise(_records()), FACTS, tmp_path / "file" / "figures")
