"""The forest plot of a comparison: intervals against tolerances, a panel for each metric."""

from typing import Any

from batchmark.comparison import Comparison
from batchmark.report.pictures.compared_effects import draw_compared_effects
from compared import cell_of, comparison_of


def _panels(comparison: Comparison) -> list[dict[str, Any]]:
    chart = draw_compared_effects(comparison, "Effects", ["here"])
    assert chart is not None
    panels: list[dict[str, Any]] = chart.to_dict()["vconcat"]
    return panels


def _rows(panel: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = panel["layer"][-1]["data"]["values"]
    return rows


def test_each_metric_has_a_panel_and_each_judged_cell_a_row() -> None:
    cells = [
        cell_of(1.2),
        cell_of(1.0, batch_size=64),
        cell_of(0.002, metric="quality", tolerance=0.017),
        cell_of(1.1, metric="first_epoch_seconds", tolerance=None),
    ]
    epochs, quality = _panels(comparison_of(cells))
    assert [(row["label"], row["verdict"]) for row in _rows(epochs)] == [
        ("fit, 32", "regressed"),
        ("fit, 64", "inconclusive"),
    ]
    assert [(row["label"], row["least"], row["most"]) for row in _rows(quality)] == [("at 32", -0.017, 0.017)]
    assert epochs["layer"][-1]["encoding"]["x"]["axis"]["title"] == "epoch: candidate ÷ baseline"
    assert quality["layer"][-1]["encoding"]["x"]["axis"]["title"] == "quality: difference"


def test_an_interval_that_dwarfs_all_others_is_cut_off_and_marked() -> None:
    (panel,) = _panels(comparison_of([cell_of(1.02), cell_of(1.0, batch_size=64, width=50.0)]))
    cut = _rows(panel)[1]
    assert cut["goes_on_high"]
    assert cut["high"] == panel["layer"][-1]["encoding"]["x"]["scale"]["domain"][1] < 2


def test_several_workloads_are_named() -> None:
    (panel,) = _panels(comparison_of([cell_of(1.2), cell_of(1.0, workload="char-lm")]))
    assert [row["label"] for row in _rows(panel)] == ["blobs, fit, 32", "char-lm, fit, 32"]


def test_without_anything_judged_nothing_is_drawn() -> None:
    assert draw_compared_effects(comparison_of([cell_of(1.1, tolerance=None)]), "Effects") is None
