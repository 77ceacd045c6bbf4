"""Throughput and seconds per epoch against batch size: what is drawn, and on which axes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from batchmark.records import CellRecord, Status
from batchmark.report.pictures.against_batch_size import points
from batchmark.report.pictures.seconds_per_epoch import SECONDS_PER_EPOCH, draw_seconds_per_epoch
from batchmark.report.pictures.throughput import THROUGHPUT, draw_throughput
from batchmark.studies.sweep.summary import GroupSummary, summarise
from synthetic import EXAMPLES, gaussian, sweep_of


def _records(sizes: tuple[int, ...] = (8, 32, 100, 500), **fields: Any) -> list[CellRecord]:
    return sweep_of(np.random.default_rng(4), noise=gaussian(0.02), sizes=sizes, **fields)


def _two_loops() -> tuple[GroupSummary, ...]:
    return summarise([*_records(), *_records(loop="compiled")])


def _layers(chart: Any) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = chart.to_dict()["layer"]
    return layers


def test_a_point_has_the_rows_value_its_interval_and_what_the_curve_makes_of_it() -> None:
    (summary,) = summarise(_records())
    drawn = points(SECONDS_PER_EPOCH, [summary])
    assert [point.batch_size for point in drawn] == [8, 32, 100, 500]
    for point, row in zip(drawn, summary.rows, strict=True):
        assert row.seconds_per_epoch
        assert summary.curve
        assert (point.value, point.low, point.high) == (
            row.record.seconds_per_epoch,
            row.seconds_per_epoch.low,
            row.seconds_per_epoch.high,
        )
        assert point.fitted == summary.curve.seconds_per_epoch(row.record.steps_per_epoch, EXAMPLES)
        assert point.fitted == pytest.approx(point.value, rel=0.1)


def test_throughput_is_examples_over_seconds_and_its_interval_turns_round() -> None:
    summaries = summarise(_records())
    for fast, slow in zip(points(THROUGHPUT, summaries), points(SECONDS_PER_EPOCH, summaries), strict=True):
        assert slow.low
        assert slow.high
        assert fast.value == EXAMPLES / slow.value
        assert (fast.low, fast.high) == (EXAMPLES / slow.high, EXAMPLES / slow.low)


def test_what_is_not_compared_is_not_drawn_and_too_few_turns_have_no_interval() -> None:
    records = _records(turns=3)
    records[1] = replace(records[1], status=Status.DIVERGED)
    drawn = points(THROUGHPUT, summarise(records))
    assert [point.batch_size for point in drawn] == [8, 100, 500]
    assert {(point.low, point.high) for point in drawn} == {(None, None)}


def test_the_layers_are_the_curve_the_intervals_and_the_points_of_the_same_cells() -> None:
    curve, intervals, dots = _layers(draw_throughput(summarise(_records())))
    assert (curve["mark"]["type"], curve["encoding"]["y"]["field"]) == ("line", "fitted")
    assert curve["mark"]["strokeDash"]
    assert (intervals["mark"]["type"], intervals["encoding"]["y"]["field"]) == ("rule", "low")
    assert intervals["encoding"]["y2"]["field"] == "high"
    assert (dots["mark"]["type"], dots["encoding"]["y"]["field"]) == ("point", "value")
    assert dots["encoding"]["y"]["axis"]["title"] == "examples per second"


def test_batch_sizes_stand_on_a_logarithmic_axis_with_the_measured_ones_as_tick_marks() -> None:
    for layer in _layers(draw_seconds_per_epoch(summarise(_records()))):
        x = layer["encoding"]["x"]
        assert (x["field"], x["scale"]["type"]) == ("batch_size", "log")
        assert x["axis"]["values"] == [8, 32, 100, 500]


def test_loops_differ_in_colour_and_shape_and_one_loop_needs_no_legend() -> None:
    dots = _layers(draw_throughput(_two_loops()))[-1]["encoding"]
    assert dots["color"]["scale"]["domain"] == dots["shape"]["scale"]["domain"] == ["fit", "compiled"]
    assert len(set(dots["color"]["scale"]["range"])) == len(set(dots["shape"]["scale"]["range"])) == 2
    alone = _layers(draw_throughput(summarise(_records())))[-1]["encoding"]
    assert "legend" not in str(alone)


def test_the_title_says_what_and_where_and_one_loops_answer_stands_below_it() -> None:
    title = draw_throughput(summarise(_records()), "TensorFlow 2.21.0").to_dict()["title"]
    assert title["text"] == "blobs: throughput by batch size, fit"
    answer, where, how = title["subtitle"]
    assert answer.startswith("Fastest 500 (")
    assert where == "TensorFlow 2.21.0"
    assert how.startswith("median of 12 turns with its 95 % interval; dashed: the fitted")
    assert "Fastest" not in str(draw_throughput(_two_loops()).to_dict()["title"])


def test_without_a_curve_none_is_told_of() -> None:
    chart = draw_throughput(summarise(_records(sizes=(100, 500)))).to_dict()
    assert "dashed" not in str(chart["title"])
