"""Axes whose labels stand beside each other."""

import math

import pytest

from batchmark.report.pictures.looks import COLOURS, SHAPES, quantity_axis, tick_marks
from synthetic import GRID


def test_neighbours_share_a_label_the_ends_and_powers_of_two_keep_theirs() -> None:
    marks = tick_marks(GRID)
    assert {1, 500, 2, 4, 8, 16, 32, 64, 128, 256} <= set(marks)
    assert not {31, 33, 63, 65, 127, 129, 255, 257} & set(marks)
    assert marks == sorted(marks)


@pytest.mark.parametrize("width", [200, 620, 2000])
def test_labels_never_overlap(width: int) -> None:
    marks = tick_marks(range(1, 1025), width=width)
    places = [math.log(mark) / math.log(1024) * width for mark in marks]
    widths = [7 * len(str(mark)) for mark in marks]
    gaps = [
        right - left - (one + other) / 2
        for left, right, one, other in zip(places, places[1:], widths, widths[1:], strict=False)
    ]
    assert min(gaps) >= 7.9
    assert len(marks) >= 4


def test_one_size_has_one_label() -> None:
    assert tick_marks([32, 32]) == [32]


def test_numbers_of_one_size_begin_at_0_and_of_all_sizes_are_on_a_logarithmic_axis() -> None:
    plain, _ = quantity_axis([2.0, 20.0], title="seconds")
    assert plain.to_dict() == {"zero": True}
    scale, axis = quantity_axis([0.002, 0.65], title="seconds", unit="s")
    low, high = scale.to_dict()["domain"]
    assert scale.to_dict()["type"] == "log"
    assert low < 0.002
    assert high > 0.65
    assert axis.to_dict()["values"] == pytest.approx([0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5])
    assert "s'" in axis.to_dict()["labelExpr"]


def test_many_decades_have_a_tick_mark_each() -> None:
    _, axis = quantity_axis([1e-5, 1.0], title="seconds")
    assert axis.to_dict()["values"] == pytest.approx([1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0])


def test_there_is_a_colour_and_a_shape_for_each_of_the_loops_there_are() -> None:
    assert len(set(COLOURS)) == len(set(SHAPES)) == 7
