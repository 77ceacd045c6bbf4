"""Tables that fit: the least needed columns go, words are folded, numbers are never cut off."""

import pytest

from batchmark.report.tables import Column, names_left_out, render_table, say_left_out

COLUMNS = (
    Column("name", "left", may_fold=True),
    Column("value"),
    Column("less\nneeded", rank=1),
    Column("least", rank=2, name="the least needed"),
)
ROWS = (("mypackage.training:workload", "1,234", "567", "89"), ("blobs", "1", "2", "3"))


def _width(text: str) -> int:
    return max(map(len, text.splitlines()))


@pytest.mark.parametrize(
    ("width", "left_out"),
    [(80, []), (52, []), (51, ["the least needed"]), (43, ["less needed", "the least needed"])],
)
def test_the_columns_of_the_highest_rank_go_first(width: int, left_out: list[str]) -> None:
    assert names_left_out(COLUMNS, ROWS, width=width) == left_out
    text = render_table(COLUMNS, ROWS, width=width)
    assert _width(text) <= width
    assert ("89" in text) == ("the least needed" not in left_out)
    assert ("567" in text) == ("less needed" not in left_out)


def test_wide_has_every_column_however_narrow_the_terminal() -> None:
    text = render_table(COLUMNS, ROWS, width=20, wide=True)
    assert all(value in text for row in ROWS for value in row)


def test_words_are_folded_between_their_parts_and_nothing_is_lost() -> None:
    text = render_table(COLUMNS, ROWS, width=22)
    assert _width(text) <= 22
    rows = text.partition("─\n")[2].splitlines()
    assert [row.split() for row in rows] == [["mypackage.", "1,234"], ["training:"], ["workload"], ["blobs", "1"]]


def test_a_number_is_never_cut_off() -> None:
    text = render_table([Column("value")], [["123,456,789"]], width=5)
    assert "123,456,789" in text


def test_what_is_left_out_is_named_once() -> None:
    assert say_left_out(["steps", "per step", "steps"]) == ["More columns by --wide: steps, per step."]
    assert say_left_out([]) == []


def test_columns_that_are_alike_are_told_apart_by_their_place() -> None:
    text = render_table([Column("x"), Column("x"), Column("x", rank=1)], [["1", "2", "3"]], width=6)
    assert text.splitlines()[-1].split() == ["1", "2"]
