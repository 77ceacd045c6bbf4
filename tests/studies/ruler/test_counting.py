"""The study of counters: who agrees, what is found, and what differed."""

import math

import pytest

from batchmark.comparison import Verdict
from batchmark.report.counting import render_counting
from batchmark.studies.ruler.counting import CountedPair, CountingRun, calls_to_plant, shares_of


def _run(
    planted: int, verdict: Verdict, *, metric: str = "calls_per_epoch", cell: str = "slowed-32-fit"
) -> CountingRun:
    return CountingRun(planted, (CountedPair(cell, metric, 5000.0, 5000.0 + planted, verdict),), 4.0)


def test_identical_runs_agree_where_every_counter_does() -> None:
    runs = [_run(0, Verdict.UNCHANGED)] * 3 + [_run(0, Verdict.REGRESSED, metric="operations_per_step")]
    found = shares_of(runs)
    assert (found.agreeing.value, found.agreeing.n) == (0.75, 4)
    assert found.disagreeing == ("slowed-32-fit operations_per_step",)


def test_planted_calls_are_found_where_fit_is_told_to_make_more() -> None:
    found = shares_of([_run(50, Verdict.REGRESSED), _run(50, Verdict.INCONCLUSIVE)])
    assert found.found.value == 0.5
    elsewhere = shares_of([_run(50, Verdict.REGRESSED, cell="slowed-32-compiled:xla")])
    assert elsewhere.found.value == 0.0


def test_a_hundredth_of_the_calls_is_planted() -> None:
    assert calls_to_plant(_run(0, Verdict.UNCHANGED), 0.01) == 50


def test_both_shares_are_told_with_their_intervals() -> None:
    text = " ".join(render_counting(shares_of([_run(0, Verdict.UNCHANGED)] * 100), share=0.01).split())
    assert "agree in every counter in 100 of 100 (96 % to 100 % at 95 %) runs" in text
    assert "1 % more function calls are found in none of 0 runs" in text


def test_without_a_run_nothing_is_known() -> None:
    found = shares_of([])
    assert math.isnan(found.seconds_per_cell)
    assert found.agreeing.n == 0
    assert found.agreeing.value != pytest.approx(1.0)
