"""The pictures of Table 1: percentiles over seeds, the paper's runs beside them."""

import math
from pathlib import Path
from typing import Any

import pytest

from batchmark.records import Estimate
from batchmark.report.pictures.final_quality import by_batch_size, draw_final_quality
from batchmark.report.pictures.learning_curves import Learned, by_epoch, draw_learning_curves
from batchmark.report.pictures.of_table1 import draw_table1
from batchmark.studies.ruler.paper import TABLE_1
from batchmark.studies.ruler.table1 import Table1, Table1Quality, Table1Row
from batchmark.trainings import Trainings
from svg import number_of_marks, texts_of
from synthetic import trainings_of

_SEEDS = range(11)
_EPOCHS = 3


def _trainings(batch_size: int = 32, *, diverging: bool = False) -> Trainings:
    """Return eleven trainings whose curves are 0.70, 0.71, … 0.80; of the first the loss stops being finite."""
    curves = tuple((0.7 + seed / 100,) * _EPOCHS for seed in _SEEDS)
    losses = ((0.7, math.nan, math.nan), *curves[1:]) if diverging else curves
    return trainings_of(
        _SEEDS,
        [0.8] * 11,
        workload="blobs",
        batch_size=batch_size,
        training_quality=curves,
        validation_quality=curves,
        training_loss=losses,
        validation_loss=losses,
    )


def _rows() -> list[Any]:
    return [(paper, _trainings(paper.batch_size)) for paper in sorted(TABLE_1, key=lambda row: row.batch_size)]


def test_an_epoch_has_its_median_and_the_range_of_nine_in_ten_seeds() -> None:
    points = by_epoch(_trainings(), Learned.ACCURACY)
    assert [(point["data"], point["epoch"]) for point in points] == [
        (data, epoch) for data in ("training", "validation") for epoch in (1, 2, 3)
    ]
    for point in points:
        assert (point["low"], point["middle"], point["high"]) == pytest.approx((0.705, 0.75, 0.795))


def test_a_seed_that_diverged_is_left_out_from_then_on() -> None:
    first, second, *_ = by_epoch(_trainings(diverging=True), Learned.LOSS)
    assert first["middle"] == pytest.approx(0.75)
    assert second["middle"] == pytest.approx(0.755)
    assert "NaN" not in draw_learning_curves([_trainings(diverging=True)], Learned.LOSS).to_json()


def test_each_batch_size_has_a_panel_with_its_rate() -> None:
    spec = draw_learning_curves([_trainings(1), _trainings(32)], Learned.ACCURACY).to_dict()
    assert spec["facet"]["sort"] == ["batch size 1, rate 0.01", "batch size 32, rate 0.01"]
    area, line = spec["spec"]["layer"]
    assert (area["encoding"]["y"]["field"], area["encoding"]["y2"]["field"]) == ("low", "high")
    assert line["encoding"]["y"]["field"] == "middle"
    # Told apart without colour too.
    assert line["encoding"]["strokeDash"]["field"] == line["encoding"]["color"]["field"] == "data"


def test_a_batch_size_ends_in_its_quartiles_beside_the_papers_run() -> None:
    (row,) = by_batch_size([(TABLE_1[1], _trainings(1))], Learned.ACCURACY)
    assert row["paper"] == TABLE_1[1].validation_accuracy
    assert [row[name] for name in ("low", "first", "middle", "third", "high")] == pytest.approx(
        [0.705, 0.725, 0.75, 0.775, 0.795]
    )
    (without,) = by_batch_size([(TABLE_1[1], _trainings(1, diverging=True))], Learned.LOSS)
    assert without["middle"] == pytest.approx(0.755)


def test_all_seeds_diverged_leave_the_papers_run_alone() -> None:
    nothing = trainings_of(_SEEDS, [0.8] * 11, validation_loss=((math.nan,),) * 11)
    (row,) = by_batch_size([(TABLE_1[1], nothing)], Learned.LOSS)
    assert row["middle"] is None
    assert row["paper"] == TABLE_1[1].validation_loss


def test_loss_and_accuracy_have_a_panel_each_by_batch_size() -> None:
    loss, accuracy = draw_final_quality(_rows()).to_dict()["hconcat"]
    for panel, title in ((loss, "validation loss"), (accuracy, "validation accuracy")):
        assert panel["layer"][2]["encoding"]["y"]["axis"]["title"] == title
        assert panel["layer"][3]["encoding"]["y"]["field"] == "paper"
        assert panel["layer"][0]["encoding"]["x"]["sort"] == ["1", "2", "4", "8", "16", "32", "64", "128", "256", "500"]


def test_the_finished_batch_sizes_are_drawn(tmp_path: Path) -> None:
    estimate = Estimate(0.8, 0.79, 0.81, 0.95, 11)
    rows = [
        Table1Row(
            paper,
            Table1Quality(_trainings(paper.batch_size), estimate, estimate, estimate, estimate, 0),
            6,
            estimate,
            estimate,
        )
        for paper in TABLE_1[:3]
    ]
    unfinished = Table1Row(TABLE_1[3], None, 0, None, None)
    table = Table1((*rows, unfinished), {}, False, 1.0, 1.0, "interrupted by Ctrl-C")
    paths = draw_table1(table, tmp_path / "figures")
    names = ("learning_curves_accuracy", "learning_curves_loss", "final_loss_and_accuracy")
    assert [path.name for path in paths] == [f"{name}.{ending}" for name in names for ending in ("svg", "png")]
    texts = texts_of(paths[0])
    assert [text for text in texts if text.startswith("batch size")] == [
        f"batch size {size}, rate 0.01" for size in (1, 2, 500)
    ]
    assert number_of_marks(paths[0], "line") == 6
    assert {"1", "2", "500"} <= set(texts_of(paths[4]))
