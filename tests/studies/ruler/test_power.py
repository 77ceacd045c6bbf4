"""Planted slow-downs, over simulated sides: what is found of them, and what is kept of a run."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from batchmark.analysis.looks import LooksDesign
from batchmark.comparison import Verdict
from batchmark.errors import BatchmarkError
from batchmark.progress import silent
from batchmark.records import CellRecord
from batchmark.report.power import render_power
from batchmark.report.units import NOTHING
from batchmark.studies.ruler.power import calm_and_noisy, evaluate, gain, settled
from batchmark.studies.ruler.power_run import PowerPlan, Run, run_once
from batchmark.studies.ruler.power_tails import evaluate_with_tails
from batchmark.studies.sweep.run import Sweep
from batchmark.workloads.slowed import SLOW_EPOCHS, SLOWED, SlowEpochs
from simulated_sides import FACTS, SimulatedSides

SHARES = {32: 0.0, 40: 0.0, 48: 0.01, 56: 0.04}
PLAN = PowerPlan(SHARES, {}, budget_seconds=16.0, looks=(4, 6, 8))


def _run(
    monkeypatch: pytest.MonkeyPatch, number: int, *, plan: PowerPlan = PLAN, **how: Any
) -> tuple[Run, list[dict[str, Any]]]:
    """Return a run on a machine whose candidate is slower by what is planted."""
    slower = {size: 1 + share for size, share in SHARES.items()}
    machine = SimulatedSides(slower=slower, process=0.003, turns=9, seed=number, seconds_of_a_restart=9.0, **how)
    asked: list[dict[str, Any]] = []

    def measured(sides: Mapping[str, Any], *arguments: Any, **options: Any) -> dict[str, Sweep]:
        asked.append({name: start.keywords["environment"] for name, start in sides.items()})
        return machine(sides, *arguments, **options)

    monkeypatch.setattr("batchmark.studies.ruler.power_run.run_sides", measured)
    return run_once(plan, number=number, progress=silent, clock=machine.clock), asked


def test_what_is_planted_is_found_and_what_is_not_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [_run(monkeypatch, number)[0] for number in range(10)]
    found = {each.share: each for each in evaluate(runs)}
    assert {share: each.cells for share, each in found.items()} == {0.0: 20, 0.01: 10, 0.04: 10}
    assert found[0.04].significant[Verdict.REGRESSED] == 10
    assert found[0.04].beyond_tolerance[Verdict.REGRESSED] == 10
    # 20 identical cells at 1 % each: more than 2 have a probability of 0.1 %.
    assert found[0.0].significant[Verdict.UNCHANGED] == 0
    assert found[0.0].significant[Verdict.REGRESSED] + found[0.0].significant[Verdict.IMPROVED] <= 2
    assert found[0.0].beyond_tolerance[Verdict.UNCHANGED] >= 15
    assert 0.002 < found[0.0].spread < 0.008
    # Eight restarts of a comparison.
    assert found[0.0].error < found[0.0].spread / 2
    assert found[0.0].stored_error > 10 * found[0.0].error
    assert gain(runs).lies_beyond(10.0, 10.0)
    assert found[0.0].stored == 40
    # Steps of 10 % between turns, which both sides have in common: a threshold of 5 % on stored runs calls anything.
    assert found[0.0].stored_regressed + found[0.0].stored_improved > 10


def test_the_slow_downs_are_planted_into_the_candidate_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    run, asked = _run(monkeypatch, 0)
    assert len(asked) == 8
    assert all(SLOWED not in sides["baseline"] for sides in asked)
    assert {sides["candidate"][SLOWED] for sides in asked} == {"32:0.0,40:0.0,48:0.01,56:0.04"}
    for by_size in (run.effects, run.errors, run.baseline, run.candidate):
        assert {size: len(values) for size, values in by_size.items()} == dict.fromkeys(SHARES, 8)


def test_every_visit_is_kept_in_microseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    run, _ = _run(monkeypatch, 0)
    assert {size: len(restarts) for size, restarts in run.visits.items()} == dict.fromkeys(SHARES, 8)
    baseline, candidate = run.visits[32][0]
    assert (len(baseline), len(candidate)) == (9, 9)
    # A visit of a round, in the places that the simulated sides have.
    ((place, microseconds),) = candidate[0]
    assert place == 1
    assert microseconds == pytest.approx(1e6 * (0.02 + 0.5 / 32), rel=0.6)
    # What tails make of them is what the location of these calm sides says.
    assert run.tails[56].means == pytest.approx(run.effects[56], abs=0.01)


def _slow_now_and_then(_number: int, side: str, record: CellRecord) -> CellRecord:
    if side == "baseline" or record.cell.batch_size != 40:
        return record
    rounds = tuple(
        tuple(seconds * (2 if turn % 5 == 2 else 1) for seconds in own)
        for turn, own in enumerate(record.seconds_per_round)
    )
    return replace(record, seconds_per_round=rounds)


def test_slow_epochs_are_judged_by_themselves_and_are_no_part_of_what_is_even(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = replace(PLAN, slow_epochs={40: SlowEpochs(5, 2.0)})
    runs = [_run(monkeypatch, number, plan=plan, change=_slow_now_and_then) for number in range(6)]
    assert {sides["candidate"][SLOW_EPOCHS] for _, asked in runs for sides in asked} == {"40:5x2"}
    assert all(SLOW_EPOCHS not in sides["baseline"] for _, asked in runs for sides in asked)
    found = {
        (each.is_over_all, each.planted): each for each in evaluate_with_tails([run for run, _ in runs], tolerance=0.01)
    }
    over_all = [(True, share) for share in (0.0, 0.01, 0.02)]
    assert list(found) == [*over_all, *((False, planted) for planted in (0.0, 0.01, 0.04, SlowEpochs(5, 2.0)))]
    assert {each.count for each in found.values()} == {6}
    assert found[False, SlowEpochs(5, 2.0)].verdicts[Verdict.REGRESSED] == 6
    assert found[False, 0.04].verdicts[Verdict.REGRESSED] == 6
    assert found[True, 0.02].verdicts[Verdict.REGRESSED] == 6
    assert found[True, 0.0].verdicts[Verdict.REGRESSED] == 0
    assert found[True, 0.01].verdicts[Verdict.UNCHANGED] == 0
    # Cells that are even are four a run less the one with slow epochs.
    assert sum(each.cells for each in evaluate([run for run, _ in runs])) == 18


def test_slow_epochs_are_told_in_a_table_with_exact_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = replace(PLAN, slow_epochs={40: SlowEpochs(5, 2.0)})
    runs = tuple(_run(monkeypatch, number, plan=plan, change=_slow_now_and_then)[0] for number in range(2))
    text = render_power(runs, evaluate(runs), gain(runs), tolerance=0.01)
    (line,) = [line for line in text.splitlines() if line.startswith("a cell, 1 in 5 times 2")]
    assert line.split()[-10:] == ["2", "2", "[16,", "100]", "0", "[0,", "84]", "0", "[0,", "84]"]
    assert all(len(line) <= 80 for line in text.splitlines())


def test_runs_without_visits_say_nothing_of_slow_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    run = replace(_run(monkeypatch, 0)[0], visits={})
    assert evaluate_with_tails([run], tolerance=0.01) == ()
    assert "slow epochs" not in render_power([run], evaluate([run]), gain([run]), tolerance=0.01)


def test_what_turns_took_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    run, _ = _run(monkeypatch, 0)
    # Eight restarts of 9 s over four cells.
    assert run.spent_seconds == pytest.approx(18.0)
    assert 0 < run.in_epochs < 1


def test_stored_runs_are_one_side_in_the_first_half_and_the_other_in_the_second() -> None:
    baseline, candidate = (1.0, 1.0, 9.0, 2.0, 2.0, 2.0), (3.0, 9.0, 3.0, 4.0, 4.0, 4.0)
    run = Run({8: 0.0}, 60.0, (4, 6), {8: (0.0,) * 6}, {8: (0.1,) * 6}, {8: baseline}, {8: candidate}, 60.0, 0.99)
    assert run.stored(8) == pytest.approx((math.log(4 / 1), math.log(3 / 2)))


def test_a_verdict_is_sought_look_by_look() -> None:
    design = LooksDesign(family=1, looks=(4, 6, 8))
    clear = [0.05, 0.051, 0.049, 0.05, 9.0, 9.0, 9.0, 9.0]
    alike = [0.01] * 8
    assert settled(clear, alike, design, tolerance=0.0) == (Verdict.REGRESSED, 4)
    assert settled([-0.05, 0.05] * 4, alike, design, tolerance=0.0) == (Verdict.INCONCLUSIVE, 8)


def test_runs_are_reported_in_lines_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = tuple(_run(monkeypatch, number)[0] for number in range(2))
    text = render_power(runs, evaluate(runs), gain(runs), tolerance=0.01)
    assert "2 runs of 4 cells" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def _run_of(effects: tuple[float, ...], *, share: float = 0.0) -> Run:
    return Run({8: share}, 60.0, (4, 6), {8: effects}, {8: (0.001,) * 6}, {8: (1.0,) * 6}, {8: (1.1,) * 6}, 60.0, 0.99)


def test_runs_are_parted_by_their_noise_not_by_what_they_found() -> None:
    calm, middle, noisy = (_run_of((by, -by) * 3) for by in (0.001, 0.01, 0.05))
    far_off = _run_of((0.5, 0.501) * 3)
    assert calm_and_noisy([noisy, calm, middle]) == ((calm,), (middle, noisy))
    assert calm_and_noisy([noisy, far_off, calm, middle]) == ((far_off, calm), (middle, noisy))
    assert calm_and_noisy([calm]) == ((), (calm,))


def test_each_half_is_told_what_was_found_in_it() -> None:
    calm, noisy = _run_of((0.049, 0.051) * 3, share=0.05), _run_of((0.2, -0.2) * 3, share=0.05)
    identical = _run_of((0.0, 0.001) * 3)
    text = render_power([noisy, calm], evaluate([noisy, calm]), gain([noisy, calm]), tolerance=0.01)
    (found,) = [line.split()[-6:] for line in text.splitlines() if "regressed, significant" in line]
    assert found == ["1", "of", "1", "0", "of", "1"]
    # Runs of one file may plant different shares.
    mixed = [noisy, identical]
    text = render_power(mixed, evaluate(mixed), gain(mixed), tolerance=0.01)
    by_name = {line[:26].strip(): line[26:].split() for line in text.splitlines()}
    assert by_name["5 % regressed, significant"] == [NOTHING, "0", "of", "1"]
    assert by_name["0 % different, significant"] == ["0", "of", "1", NOTHING]
    assert by_name["0 % unchanged, by 1 %"] == ["1", "of", "1", NOTHING]
    alone = render_power([calm], evaluate([calm]), gain([calm, noisy]), tolerance=0.01)
    assert "parts the runs" not in alone


def test_a_side_that_can_not_go_on_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BatchmarkError, match="the candidate could not go on: killed"):
        _run(monkeypatch, 0, stopped={2: Sweep((), FACTS, "killed")})
