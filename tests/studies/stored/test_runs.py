"""Two stored sweeps compared: what is compared, what is refused, what is said, and what it promises."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from batchmark.comparison import Comparison, Policy, Verdict
from batchmark.errors import IncomparableError
from batchmark.metrics import table
from batchmark.records import Cell, CellRecord, Status
from batchmark.report.comparison import render_comparison
from batchmark.studies.stored.runs import compare_stored
from compared import sweep_stored
from synthetic import gaussian, record_of, sweep_of

SIZES = (16, 32, 64, 128)
POLICY = Policy(table.default_tolerances())


def _records(seed: int = 0, *, slower: float = 1.0, sizes: Sequence[int] = SIZES, **fields: Any) -> list[CellRecord]:
    rng = np.random.default_rng(seed)
    return sweep_of(rng, noise=gaussian(0.02), sizes=sizes, drift=[slower] * 12, **fields)


def _compare(
    baseline: Sequence[CellRecord], candidate: Sequence[CellRecord], policy: Policy = POLICY, **options: Any
) -> Comparison:
    between = options.pop("between_runs", None)
    return compare_stored(
        sweep_stored(baseline), sweep_stored(candidate, day=2, **options), policy, between_runs=between
    )


def _verdicts(comparison: Comparison, metric: str) -> set[Verdict]:
    return {cell.verdict for cell in comparison.cells if cell.metric == metric}


def test_every_metric_that_two_sweeps_hold_is_compared() -> None:
    comparison = _compare(_records(peak_host_bytes=2**30), _records(1, peak_host_bytes=2**30))
    found = [(cell.metric, cell.batch_size) for cell in comparison.cells]
    by_cell = ["seconds_per_epoch", "first_epoch_seconds", "peak_bytes"]
    curve = {("overhead_per_step", None), ("cost_per_example", None)}
    assert set(found) == {(metric, size) for metric in by_cell for size in SIZES} | curve
    assert len(found) == len(set(found))
    assert not comparison.is_live
    assert all(cell.restarts == 1 for cell in comparison.cells)


def test_a_large_change_regresses_and_a_small_one_is_inconclusive() -> None:
    assert _verdicts(_compare(_records(), _records(1, slower=2.0)), "seconds_per_epoch") == {Verdict.REGRESSED}
    assert _verdicts(_compare(_records(1, slower=2.0), _records()), "seconds_per_epoch") == {Verdict.IMPROVED}
    small = _compare(_records(), _records(1, slower=1.1))
    assert _verdicts(small, "seconds_per_epoch") == {Verdict.INCONCLUSIVE}
    assert {cell.needed for cell in small.cells if cell.counts} == {"a live comparison (batchmark upgrade)"}


def test_two_like_runs_are_not_called_unchanged_within_one_percent() -> None:
    comparison = _compare(_records(), _records(1))
    assert _verdicts(comparison, "seconds_per_epoch") == {Verdict.INCONCLUSIVE}
    assert comparison.verdict is Verdict.INCONCLUSIVE


def test_a_quiet_machine_whose_runs_are_known_to_agree_settles_more() -> None:
    comparison = _compare(
        _records(), _records(1), Policy({"seconds_per_epoch": 0.1}), between_runs={"seconds_per_epoch": 0.01}
    )
    assert _verdicts(comparison, "seconds_per_epoch") == {Verdict.UNCHANGED}
    assert comparison.between_runs["seconds_per_epoch"] == 0.01
    assert comparison.between_runs["peak_bytes"] == table.between_runs()["peak_bytes"]
    (spread,) = [warning for warning in comparison.warnings if "standard deviations" in warning]
    assert "partly assumed: seconds_per_epoch 1 %" in spread


def test_the_noise_floor_holds_the_spread_between_runs() -> None:
    cells = [cell for cell in _compare(_records(), _records(1)).cells if cell.counts]
    assert cells
    for cell in cells:
        assert cell.noise_floor is not None
        # Four judged intervals at 98.75 %: 2.5 standard deviations of 10 %, and the turns' own.
        assert cell.noise_floor > math.expm1(2.49 * 0.1)


def test_the_level_is_corrected_for_what_is_judged() -> None:
    records = (_records(peak_host_bytes=2**30), _records(1, peak_host_bytes=2**30))
    comparison = _compare(*records)
    assert sum(cell.counts for cell in comparison.cells) == 2 * len(SIZES)
    assert {cell.level for cell in comparison.cells} == {1 - 0.05 / (2 * len(SIZES))}
    nothing = _compare(*records, Policy({}))
    assert nothing.verdict is Verdict.INCONCLUSIVE
    assert {cell.level for cell in nothing.cells} == {0.95}


def test_the_caveat_of_a_stored_baseline_is_said_first() -> None:
    first, spread, process = _compare(_records(), _records(1)).warnings
    assert (
        "stored at different times (2026-01-01T03:04:05+00:00 and 2026-01-02T03:04:05+00:00, 24.0 hours apart)" in first
    )
    assert first.endswith("batchmark upgrade compares live")
    assert "assumed: seconds_per_epoch 10 %" in spread
    assert process.startswith("each side is one process")


def test_cells_of_one_side_are_told_and_left_out() -> None:
    comparison = _compare(_records(), _records(1, sizes=(32, 64, 256)))
    assert {cell.batch_size for cell in comparison.cells} == {32, 64}
    assert "only the baseline has blobs-16-fit, blobs-128-fit: not compared" in comparison.warnings
    assert "only the candidate has blobs-256-fit: not compared" in comparison.warnings


def test_nothing_in_common_is_refused_with_what_each_has() -> None:
    with pytest.raises(IncomparableError, match=r"no cell in common: blobs-16-fit, .*, and blobs-16-compiled"):
        _compare(_records(), _records(1, loop="compiled"))


def test_a_baseline_without_rounds_is_refused() -> None:
    failed = [replace(record, seconds_per_round=(), status=Status.FAILED) for record in _records()]
    with pytest.raises(IncomparableError, match="the baseline has rounds of none of the cells in common"):
        _compare(failed, _records(1))


def test_another_device_and_another_workload_are_refused_by_name() -> None:
    with pytest.raises(IncomparableError, match="another device \\(CPU and GPU\\)"):
        _compare(_records(), _records(1), device="GPU")
    with pytest.raises(IncomparableError, match="another processor architecture \\(x86_64 and aarch64\\)"):
        _compare(_records(), _records(1), machine="aarch64")
    with pytest.raises(IncomparableError, match="blobs has workload_version 1 and 2"):
        _compare(_records(), _records(1, workload_version=2))


def test_another_processor_of_which_pytest_benchmark_alone_tells_is_refused() -> None:
    sides = [
        replace(stored, machine_info={**stored.machine_info, "cpu": {"brand_raw": brand}})
        for stored, brand in (
            (sweep_stored(_records(), device_name=None), "AMD EPYC"),
            (sweep_stored(_records(1), day=2, device_name=None), "Intel Xeon"),
        )
    ]
    with pytest.raises(IncomparableError, match=r"another device \(AMD EPYC and Intel Xeon\)"):
        compare_stored(sides[0], sides[1], POLICY)


def test_a_candidate_that_can_not_be_trained_is_never_a_pass() -> None:
    candidate = [
        replace(record, seconds_per_round=(), status=Status.DIVERGED, warnings=("the loss is nan",))
        if record.cell.batch_size == 32
        else record
        for record in _records(1)
    ]
    wide = Policy({"seconds_per_epoch": 2.0})
    comparison = _compare(_records(), candidate, wide)
    assert _verdicts(comparison, "seconds_per_epoch") == {Verdict.UNCHANGED, Verdict.INCONCLUSIVE}
    assert comparison.verdict is Verdict.INCONCLUSIVE
    (failed,) = [cell for cell in comparison.cells if cell.effect is None]
    assert (failed.batch_size, failed.candidate, failed.interval, failed.needed) == (32, None, (None, None), None)
    assert failed.warnings == ("candidate: the loss is nan", "the candidate diverged, and the baseline has rounds")


def test_what_the_baseline_could_not_train_is_told_and_left_out() -> None:
    baseline = [replace(_records()[0], seconds_per_round=()), *_records()[1:]]
    comparison = _compare(baseline, _records(1))
    assert 16 not in {cell.batch_size for cell in comparison.cells}
    assert "the baseline has no rounds of blobs-16-fit: not compared" in comparison.warnings


def test_memory_is_compared_on_the_same_device() -> None:
    def peaks(baseline: dict[str, Any], candidate: dict[str, Any]) -> list[float | None]:
        cells = _compare(_records(**baseline), _records(1, **candidate)).cells
        return [cell.effect for cell in cells if cell.metric == "peak_bytes"]

    both: dict[str, Any] = {"peak_host_bytes": 1000, "peak_device_bytes": 100}
    assert peaks(both, {"peak_host_bytes": 1000, "peak_device_bytes": 200}) == pytest.approx([2.0] * 4)
    assert peaks(both, {"peak_host_bytes": 3000}) == pytest.approx([3.0] * 4)
    assert peaks({"peak_host_bytes": 1000}, {"peak_device_bytes": 100}) == [None] * 4


@pytest.mark.parametrize(
    ("baseline", "candidate", "told"),
    [
        ({"peak_host_bytes": 1000}, {}, "peak memory was measured in the baseline alone"),
        ({}, {"peak_host_bytes": 1000}, "peak memory was measured in the candidate alone"),
        (
            {"peak_host_bytes": 1},
            {"peak_device_bytes": 1},
            "peak memory was not measured in the same way on both sides",
        ),
    ],
)
def test_what_one_side_measured_alone_is_missing_evidence_and_no_pass(
    baseline: dict[str, Any], candidate: dict[str, Any], told: str
) -> None:
    comparison = _compare(_records(**baseline), _records(1, **candidate))
    peaks = [cell for cell in comparison.cells if cell.metric == "peak_bytes"]
    assert {cell.verdict for cell in peaks} == {Verdict.INCONCLUSIVE}
    assert all(any(told in warning for warning in cell.warnings) for cell in peaks)


def test_a_compilation_that_the_trial_chose_otherwise_is_a_warning() -> None:
    comparison = _compare(
        _records(loop="compiled", compilation="graph"), _records(1, loop="compiled", compilation="xla")
    )
    warned = {warning for cell in comparison.cells for warning in cell.warnings}
    assert "run by graph in the baseline and by xla in the candidate" in warned


def test_another_learning_rate_another_host_and_the_same_file_are_told() -> None:
    comparison = _compare(_records(), _records(1, learning_rate=0.1), node="there")
    assert "blobs was trained with learning rate 0.01 and 0.1: the workload may have changed" in comparison.warnings
    assert any("two machines, here and there" in warning for warning in comparison.warnings)
    assert "baseline and candidate are the same measurement" in _compare(_records(), _records()).warnings
    own = _compare(_records(learning_rate=math.nan), _records(1, learning_rate=math.nan))
    assert not any("learning rate" in warning for warning in own.warnings)


def test_a_sweep_that_stopped_early_makes_the_comparison_partial() -> None:
    comparison = compare_stored(
        sweep_stored(_records()), sweep_stored(_records(1), stopped="interrupted by Ctrl-C"), POLICY
    )
    assert comparison.stopped == "the candidate's sweep: interrupted by Ctrl-C"


def test_a_curve_without_an_overhead_in_some_turns_says_so() -> None:
    # Epochs that take longer the fewer steps they have.
    flat = [record_of(size, [[1.0 + 0.001 * size + 0.01 * turn] for turn in range(4)]) for size in SIZES]
    comparison = _compare(flat, flat)
    (overhead,) = [cell for cell in comparison.cells if cell.metric == "overhead_per_step"]
    assert (overhead.effect, overhead.interval) == (None, (None, None))
    assert overhead.warnings == ("8 of 8 turns show it as 0, so that the ratio has no interval",)


def test_a_ratio_is_of_the_sides_that_stand_beside_it_where_some_turns_show_0() -> None:
    steep = [1.0, 1.0, 1.0, 1.0]
    some_flat = [1.0, -1.0, 1.0, 1.0]
    sides = [[_by_slopes(size, slopes) for size in SIZES] for slopes in (steep, some_flat)]
    (overhead,) = [cell for cell in _compare(sides[0], sides[1]).cells if cell.metric == "overhead_per_step"]
    assert overhead.baseline
    assert overhead.candidate
    assert overhead.effect == pytest.approx(overhead.candidate / overhead.baseline)
    assert overhead.interval == (None, None)
    assert overhead.verdict is Verdict.INCONCLUSIVE
    assert overhead.warnings == ("1 of 8 turns show it as 0, so that the ratio has no interval",)


def _by_slopes(size: int, slopes: Sequence[float]) -> CellRecord:
    return record_of(size, [[1 + slope / size + 0.01 * turn] for turn, slope in enumerate(slopes)])


def test_what_one_side_alone_has_is_told() -> None:
    steep = [_by_slopes(size, [1.0] * 4) for size in SIZES]
    # Epochs that take longer the fewer steps they have: the fitted overhead is 0.
    flat = [_by_slopes(size, [-1.0] * 4) for size in SIZES]
    assert "overhead_per_step" in render_comparison(_compare(steep, flat))


def test_two_workloads_are_compared_each_by_itself() -> None:
    other = [replace(record, cell=Cell("mine:other", record.cell.batch_size, "fit")) for record in _records(3)]
    comparison = _compare([*_records(), *other], [*_records(1), *other])
    curves = [cell.workload for cell in comparison.cells if cell.metric == "cost_per_example"]
    assert curves == ["blobs", "mine:other"]


RUNS = 400


@pytest.mark.parametrize("in_common", [0.0, 1.0], ids=["each cell by itself", "the whole run"])
def test_false_alarms_over_all_cells_keep_to_the_promise_where_runs_differ_as_assumed(in_common: float) -> None:
    rng = np.random.default_rng(5)
    spread = table.between_runs()["seconds_per_epoch"]
    # A tolerance of 0 calls every interval beyond 1 a change, so each one is a false alarm.
    policy = Policy({"seconds_per_epoch": 0.0})
    alarms = 0
    for _ in range(RUNS):
        baseline = sweep_of(rng, noise=gaussian(0.03), sizes=SIZES, turns=5)
        offsets = np.where(in_common, rng.normal(0, spread), rng.normal(0, spread, len(SIZES)))
        effects = dict(zip(SIZES, np.exp(offsets).tolist(), strict=True))
        candidate = sweep_of(rng, noise=gaussian(0.03), sizes=SIZES, turns=5, effects=effects)
        compared = compare_stored(sweep_stored(baseline), sweep_stored(candidate), policy)
        alarms += any(cell.counts and cell.verdict is not Verdict.INCONCLUSIVE for cell in compared.cells)
    assert alarms / RUNS <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / RUNS)


def _with(record: CellRecord, name: str, of_a_turn: Sequence[float]) -> CellRecord:
    """Return a record of one round a turn, of which an instrument showed so much."""
    return replace(record, instruments={name: tuple((value,) for value in of_a_turn)})


def _faulting(seed: int, *of_a_turn: float) -> list[CellRecord]:
    return [_with(record, "page_faults_per_epoch", [*of_a_turn] * 6) for record in _records(seed)]


def test_page_faults_are_subtracted_as_most_epochs_have_none_and_have_no_interval() -> None:
    found = [
        cell
        for cell in _compare(_faulting(0, 0.0, 0.0), _faulting(1, 0.0, 240.0)).cells
        if cell.metric == "page_faults_per_epoch"
    ]
    assert [cell.batch_size for cell in found] == list(SIZES)
    for cell in found:
        assert (cell.baseline, cell.candidate, cell.effect, cell.interval) == (0.0, 120.0, 120.0, (None, None))
        assert not cell.counts
    judged = _compare(_faulting(0, 0.0, 0.0), _faulting(1, 0.0, 240.0), Policy({"page_faults_per_epoch": 10.0}))
    assert _verdicts(judged, "page_faults_per_epoch") == {Verdict.INCONCLUSIVE}, "what two runs differ by is not known"


def test_processor_time_is_compared_as_seconds_are() -> None:
    ours, theirs = (
        [_with(record, "processor_seconds_per_epoch", [seconds, 1.1 * seconds] * 6) for record in _records(seed)]
        for seed, seconds in ((0, 0.2), (1, 0.5))
    )
    comparison = _compare(ours, theirs, Policy({"processor_seconds_per_epoch": 0.01}))
    assert _verdicts(comparison, "processor_seconds_per_epoch") == {Verdict.REGRESSED}
    assert comparison.between_runs["processor_seconds_per_epoch"] == 0.1


@pytest.mark.parametrize("policy", [POLICY, Policy({"processor_seconds_per_epoch": 0.05})])
def test_what_an_older_file_lacks_is_not_spoken_of_unless_it_is_judged_and_then_never_a_pass(policy: Policy) -> None:
    newer = [_with(record, "processor_seconds_per_epoch", [0.2, 0.21] * 6) for record in _records(1)]
    comparison = _compare(_records(), newer, policy)
    found = [cell for cell in comparison.cells if cell.metric == "processor_seconds_per_epoch"]
    if policy is POLICY:
        assert found == []
        assert "processor_seconds_per_epoch" not in comparison.between_runs
    else:
        assert [(cell.baseline, cell.effect, cell.verdict) for cell in found] == [
            (None, None, Verdict.INCONCLUSIVE)
        ] * len(SIZES)
