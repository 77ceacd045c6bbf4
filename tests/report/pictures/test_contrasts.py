"""The forest plot of powers of two."""

from typing import Any

import numpy as np
import pytest

from batchmark.analysis.power_of_two import Against
from batchmark.report.pictures.contrasts import draw_contrasts, ratios
from batchmark.studies.sweep.summary import GroupSummary, summarise
from synthetic import gaussian, sweep_of


def _summaries(*loops: str, sizes: tuple[int, ...] = (31, 32, 33, 50, 64, 128)) -> tuple[GroupSummary, ...]:
    rng = np.random.default_rng(4)
    return summarise(
        [
            record
            for loop in loops or ("fit",)
            for record in sweep_of(rng, noise=gaussian(0.02), sizes=sizes, effects={32: 0.9}, loop=loop)
        ]
    )


def _spec(*loops: str, sizes: tuple[int, ...] = (31, 32, 33, 50, 64, 128)) -> dict[str, Any]:
    chart = draw_contrasts(_summaries(*loops, sizes=sizes), "somewhere")
    assert chart is not None
    spec: dict[str, Any] = chart.to_dict()
    return spec


def _data(layer: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = layer["data"]["values"]
    return found


def test_every_contrast_is_a_point_with_its_interval() -> None:
    (summary,) = _summaries()
    drawn = ratios([summary])
    assert len(drawn) == len(summary.contrasts) > 2
    for point, contrast in zip(drawn, summary.contrasts, strict=True):
        assert point.batch_size == str(contrast.comparison.batch_size)
        assert (point.ratio, point.low, point.high) == (
            contrast.ratio.value,
            contrast.ratio.low,
            contrast.ratio.high,
        )


def test_neighbours_and_round_sizes_have_a_panel_each_on_the_same_axes() -> None:
    spec = _spec()
    left, right = spec["hconcat"]
    titles = [panel["layer"][-1]["encoding"]["x"]["axis"]["title"] for panel in (left, right)]
    assert titles == ["ratio to its neighbours", "ratio to round sizes nearby"]
    assert [point["batch_size"] for point in _data(left["layer"][-1])] == ["32"]
    assert [point["batch_size"] for point in _data(right["layer"][-1])] == ["32", "64"]
    for panel in (left, right):
        assert panel["layer"][-1]["encoding"]["y"]["scale"]["domain"] == ["32", "64"]
    domains = [layer["encoding"]["x"]["scale"]["domain"] for panel in (left, right) for layer in panel["layer"]]
    assert all(domain == domains[0] for domain in domains)


def test_the_axis_holds_every_interval_and_has_1_in_its_middle() -> None:
    spec = _spec()
    low, high = spec["hconcat"][0]["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert low + high == pytest.approx(2)
    for panel in spec["hconcat"]:
        for point in _data(panel["layer"][-1]):
            assert low < point["low"] < point["high"] < high


def test_a_band_shows_the_tolerance_and_a_line_no_difference() -> None:
    spec = _spec()
    band, line, *_ = spec["hconcat"][0]["layer"]
    assert band["mark"]["type"] == "rect"
    assert _data(band) == [{"from": 0.99, "to": 1.01}]
    assert line["mark"]["type"] == "rule"
    assert _data(line) == [{"one": 1}]


def test_loops_stand_below_each_other_in_colours_and_shapes_of_their_own() -> None:
    encoding = _spec("fit", "compiled")["hconcat"][0]["layer"][-1]["encoding"]
    assert encoding["yOffset"]["field"] == encoding["color"]["field"] == encoding["shape"]["field"] == "loop"
    assert "yOffset" not in _spec()["hconcat"][0]["layer"][-1]["encoding"]


def test_a_kind_that_the_grid_has_not_got_has_no_panel_and_none_at_all_no_picture() -> None:
    (only,) = _spec(sizes=(31, 32, 33, 128, 500))["hconcat"]
    assert only["layer"][-1]["encoding"]["x"]["axis"]["title"] == "ratio to its neighbours"
    assert draw_contrasts(_summaries(sizes=(1, 2, 500))) is None


def test_both_kinds_of_contrasts_have_a_title() -> None:
    assert {ratio.against for ratio in ratios(_summaries())} == {"to its neighbours", "to round sizes nearby"}
    assert len(Against) == 2
