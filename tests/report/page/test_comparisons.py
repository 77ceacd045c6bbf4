"""A comparison as a part of a page: which lines are shown at once."""

import pytest

from batchmark.comparison import ComparedCell, Tail
from batchmark.report.page.comparisons import MOST_PARTS, comparison_part, is_found
from batchmark.report.page.page import page_of
from batchmark.report.pictures.compared_effects import MOST_ROWS
from compared import cell_of
from pages_made import comparison, results

TAIL = Tail(mean=1.0, mean_interval=(0.9, 1.1), slow=0.1, slow_interval=(0.05, 0.2), level=0.95, epochs=60)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (cell_of(1.2), True),
        (cell_of(0.8), True),
        (cell_of(1.0), False),
        (cell_of(1.005, width=1.002), True),
        (cell_of(1.0, tail=TAIL), True),
        (cell_of(1.0, tolerance=None), False),
        (cell_of(1.2, tolerance=None), True),
        (cell_of(1.2, width=None, tolerance=None), False),
        (cell_of(0.001, metric="quality", tolerance=0.01), False),
        (cell_of(0.01, metric="quality", tolerance=0.001), True),
        (cell_of(None), False),
    ],
)
def test_a_line_is_shown_where_its_interval_excludes_no_effect_or_epochs_are_slow(
    cell: ComparedCell, *, found: bool
) -> None:
    assert is_found(cell) is found


def test_very_many_comparisons_have_a_line_each_beyond_the_worst() -> None:
    page = page_of(results(*[comparison() for _ in range(60)], comparison(cells=[cell_of(2.0)])))
    *own, rest = page.comparisons
    assert (len(own), own[0].verdict) == (MOST_PARTS, "regressed")
    assert rest.title == "21 more comparisons"
    assert len(rest.tables[0].rows) == 21
    assert {line.anchor for line in (*page.front.lines, *page.front.actions)} <= {part.anchor for part in page.parts}
    assert page.front.headline.startswith("61 comparisons: ")
    assert rest.tags.workload == rest.tables[0].rows[0].tags.workload == ("blobs",)


def test_one_more_comparison_that_did_not_finish_says_so() -> None:
    *_, rest = page_of(results(*[comparison(stopped="interrupted by Ctrl-C") for _ in range(41)])).comparisons
    assert rest.title == "1 more comparison"
    assert rest.tables[0].rows[0].cells[-1].endswith("; not finished: interrupted by Ctrl-C")


def test_of_very_many_cells_those_are_drawn_that_need_a_reader_first() -> None:
    cells = [cell_of(1.0, batch_size=size, width=1.002) for size in range(1, 101)]
    part = comparison_part(
        comparison(cells=[*cells, cell_of(1.5, batch_size=999)]), "up.json", anchor="a", machine="here"
    )
    (figure,) = part.figures
    rows = max(figure.spec["datasets"].values(), key=len)
    assert len(rows["effect"]) == MOST_ROWS
    assert "999" in str(rows["batch_size"])
    assert "41 more that were judged are in the table alone" in " ".join(figure.caption)
    assert len(part.tables[0].rows) == 101
