"""What a sweep says first: three lines, each of them true."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from batchmark.analysis.power_of_two import Outcome
from batchmark.records import CellRecord, Status
from batchmark.report.answer import say_answers
from batchmark.studies.sweep.answer import answer
from batchmark.studies.sweep.summary import summarise
from synthetic import gaussian, sweep_of


def _lines(records: list[CellRecord]) -> list[str]:
    return say_answers(summarise(records))


def _sweep(**fields: Any) -> list[CellRecord]:
    return sweep_of(np.random.default_rng(7), noise=gaussian(fields.pop("scatter", 0.002)), **fields)


def test_a_quiet_sweep_is_three_lines() -> None:
    first, powers, price = _lines(_sweep())
    assert first.startswith("blobs, fit: fastest 500 (")
    assert first.endswith(" examples/s), knee 500.")
    assert powers.startswith("  Powers of two make no difference beyond ±0.")
    assert price.startswith("  Batch size 1 costs 25")
    assert price.endswith("] as much as 500.")


def test_the_bound_on_powers_of_two_holds_for_every_interval_as_it_is_printed() -> None:
    for seed in range(20):
        records = sweep_of(np.random.default_rng(seed), noise=gaussian(0.004))
        (summary,) = summarise(records)
        found = answer(summary)
        assert found
        if found.powers.outcome not in (Outcome.NO_DIFFERENCE, Outcome.INCONCLUSIVE):
            assert found.no_difference_beyond is None
            continue
        said = float(say_answers([summary])[1].partition("±")[2].partition(" %")[0]) / 100
        for contrast in found.powers.contrasts:
            assert contrast.ratio.low
            assert contrast.ratio.high
            assert 1 - said <= contrast.ratio.low
            assert contrast.ratio.high <= 1 + said


def test_a_wide_bound_is_no_good_news() -> None:
    _, powers, _ = _lines(_sweep(scatter=0.1))
    assert powers.startswith("  Powers of two make no difference that is found; ±")
    assert powers.endswith(" % is not ruled out.")
    assert len(powers) <= 80


def test_what_powers_of_two_do_make_is_said_where_and_by_how_much() -> None:
    _, powers, _ = _lines(_sweep(effects={32: 0.9, 128: 1.2}))
    assert powers.startswith("  Powers of two are faster at 32 by ")
    assert ", slower at 128 by " in powers


def test_round_sizes_answer_where_no_power_of_two_has_its_neighbours() -> None:
    _, powers, _ = _lines(_sweep(sizes=(32, 50, 64, 100, 500)))
    assert powers.startswith("  Beside round sizes, powers of two make no difference")


def test_too_few_turns_say_so_and_give_no_interval() -> None:
    fastest, powers, price = _lines(_sweep(turns=3))
    assert fastest.endswith(" examples/s; 3 turns are too few to tell), knee 500.")
    assert powers == "  Powers of two: 3 turns are too few to tell."
    assert price.endswith(" times (too few turns for an interval) as much as 500.")


def test_the_fastest_is_not_named_without_those_that_may_be_as_fast() -> None:
    noisy = _sweep(sizes=(100, 200, 500), effects={200: 0.5}, scatter=0.05)
    assert _lines(noisy)[0].endswith(" examples/s; 500 may be as fast), knee 200.")
    assert _lines(_sweep(scatter=0.9))[0].partition("; ")[2].startswith("11 others may be as fast)")
    assert _lines(_sweep(sizes=(8, 500), turns=1))[0].endswith("; 1 turn is too few to tell), knee 500.")


def test_where_the_smallest_is_the_fastest_the_largest_has_the_price() -> None:
    records = _sweep(sizes=(100, 200, 500), effects={200: 4.0, 500: 4.0})
    assert _lines(records)[-1].startswith("  Batch size 500 costs ")


def test_a_size_as_fast_as_the_fastest_has_no_price() -> None:
    records = _sweep(sizes=(200, 500), effects={200: 0.5}, scatter=0.05)
    assert _lines(records)[-1] == "  Batch size 200 is not measurably slower than 500."


@pytest.mark.parametrize("status", [Status.FAILED, Status.DIVERGED])
def test_of_a_group_without_a_cell_to_compare_nothing_is_said(status: Status) -> None:
    failed = [replace(record, status=status) for record in _sweep(sizes=(8, 32))]
    assert _lines(failed) == []
    both = [*failed, *_sweep(sizes=(8, 32), loop="compiled")]
    assert [line.partition(":")[0] for line in _lines(both) if not line.startswith(" ")] == ["blobs, compiled"]


def test_each_loop_answers_in_its_turn() -> None:
    lines = _lines([*_sweep(), *_sweep(loop="compiled")])
    assert [line.partition(":")[0] for line in lines[::3]] == ["blobs, fit", "blobs, compiled"]
    assert len(lines) == 6
