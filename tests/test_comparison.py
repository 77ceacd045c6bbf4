"""The verdict on the whole: what a verdict over all batch sizes stands for, and what it doesn't."""

from dataclasses import replace

import pytest

from batchmark.comparison import ComparedCell, Tail, Verdict
from compared import cell_of, comparison_of

SIZES = (32, 64)


def _cells(*verdicts: Verdict, pooled: Verdict, chance: float | None = 0.5) -> list[ComparedCell]:
    cells = [
        replace(cell_of(1.0, batch_size=size), verdict=verdict) for size, verdict in zip(SIZES, verdicts, strict=True)
    ]
    over_all = replace(cell_of(1.0, batch_size=None), over=SIZES, chance_of_alike=chance, verdict=pooled)
    return [over_all, *cells]


@pytest.mark.parametrize(
    ("cells", "whole"),
    [
        (_cells(Verdict.INCONCLUSIVE, Verdict.UNCHANGED, pooled=Verdict.UNCHANGED), Verdict.UNCHANGED),
        (_cells(Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE, pooled=Verdict.IMPROVED), Verdict.IMPROVED),
        # A hint that they differ is enough to let each speak for itself.
        (_cells(Verdict.INCONCLUSIVE, Verdict.UNCHANGED, pooled=Verdict.UNCHANGED, chance=0.04), Verdict.INCONCLUSIVE),
        (_cells(Verdict.REGRESSED, Verdict.UNCHANGED, pooled=Verdict.UNCHANGED), Verdict.REGRESSED),
        (_cells(Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE, pooled=Verdict.REGRESSED, chance=0.0), Verdict.REGRESSED),
        (_cells(Verdict.UNCHANGED, Verdict.INCONCLUSIVE, pooled=Verdict.INCONCLUSIVE), Verdict.INCONCLUSIVE),
        # All are settled: nothing has to stand for them.
        (_cells(Verdict.UNCHANGED, Verdict.UNCHANGED, pooled=Verdict.INCONCLUSIVE), Verdict.UNCHANGED),
    ],
)
def test_what_is_over_all_sizes_stands_for_those_that_are_open(cells: list[ComparedCell], whole: Verdict) -> None:
    assert comparison_of(cells).verdict is whole


def test_it_stands_for_no_size_that_a_side_could_not_run() -> None:
    pooled, first, second = _cells(Verdict.INCONCLUSIVE, Verdict.UNCHANGED, pooled=Verdict.UNCHANGED)
    missing = replace(first, effect=None, interval=(None, None))
    assert comparison_of([pooled, missing, second]).verdict is Verdict.INCONCLUSIVE
    another = replace(first, loop="compiled")
    assert comparison_of([pooled, another, second]).verdict is Verdict.INCONCLUSIVE


def test_it_stands_for_no_size_that_shows_something_by_itself() -> None:
    pooled, first, second = _cells(Verdict.INCONCLUSIVE, Verdict.UNCHANGED, pooled=Verdict.UNCHANGED)
    slower = replace(first, effect=1.03, interval=(1.0025, 1.06))
    assert comparison_of([pooled, slower, second]).verdict is Verdict.INCONCLUSIVE
    tailed = replace(first, tail=Tail(1.1, (0.99, 1.2), 0.05, (0.01, 0.09), 0.99, 900))
    assert comparison_of([pooled, tailed, second]).verdict is Verdict.INCONCLUSIVE


def test_a_tail_over_all_sizes_is_not_dropped_where_each_is_settled() -> None:
    pooled, first, second = _cells(Verdict.UNCHANGED, Verdict.UNCHANGED, pooled=Verdict.INCONCLUSIVE)
    tailed = replace(pooled, tail=Tail(1.06, (1.0, 1.12), 0.022, (0.009, 0.035), 0.99, 900))
    assert comparison_of([tailed, first, second]).verdict is Verdict.INCONCLUSIVE


def test_one_that_is_not_judged_stands_for_nothing() -> None:
    pooled, first, second = _cells(Verdict.INCONCLUSIVE, Verdict.UNCHANGED, pooled=Verdict.UNCHANGED)
    assert comparison_of([replace(pooled, tolerance=None), first, second]).verdict is Verdict.INCONCLUSIVE
