"""A stored comparison judged again: the intervals stay, what is held against them changes."""

from dataclasses import replace

import pytest

from batchmark.comparison import Comparison, Environments, LostRestarts, Policy, Verdict
from batchmark.errors import IncomparableError, PolicyError
from batchmark.files.policy import PolicySettings, all_of, parse_tolerance
from batchmark.studies.stored.gate import exit_code, judge_again, require_known_workloads
from compared import FACTS, cell_of, comparison_of

SLOWER = cell_of(1.08, width=1.02)
"""[1.059, 1.102]"""


def _again(comparison: Comparison, *tolerances: str) -> Comparison:
    return judge_again(comparison, all_of(map(parse_tolerance, tolerances)))


def test_without_anything_named_the_verdicts_stay() -> None:
    comparison = comparison_of([SLOWER, cell_of(1.0, batch_size=64, needed="about 9 restarts")])
    assert judge_again(comparison, PolicySettings()) == comparison


@pytest.mark.parametrize(
    ("tolerance", "verdict"),
    [("5%", Verdict.REGRESSED), ("8%", Verdict.INCONCLUSIVE), ("11%", Verdict.UNCHANGED)],
)
def test_another_tolerance_gives_another_verdict_on_the_same_interval(tolerance: str, verdict: Verdict) -> None:
    comparison = _again(comparison_of([SLOWER]), f"seconds_per_epoch={tolerance}")
    (cell,) = comparison.cells
    assert cell.verdict is verdict
    assert comparison.verdict is verdict
    assert cell.interval == SLOWER.interval
    assert comparison.policy.tolerances["seconds_per_epoch"] == cell.tolerance


@pytest.mark.parametrize(
    ("lost", "verdict"),
    [
        (None, Verdict.UNCHANGED),
        (LostRestarts(3, 0), Verdict.UNCHANGED),
        (LostRestarts(0, 3), Verdict.INCONCLUSIVE),
        (LostRestarts(0, 10), Verdict.REGRESSED),
    ],
)
def test_restarts_that_the_candidate_lost_count_against_any_tolerance(
    lost: LostRestarts | None, verdict: Verdict
) -> None:
    (cell,) = _again(comparison_of([replace(SLOWER, lost=lost)]), "seconds_per_epoch=11%").cells
    assert cell.verdict is verdict


@pytest.mark.parametrize(
    ("lost", "verdict"), [(LostRestarts(0, 2), Verdict.REGRESSED), (LostRestarts(2, 1), Verdict.INCONCLUSIVE)]
)
def test_what_only_the_candidate_could_not_run_is_a_regression_once_a_tolerance_is_named(
    lost: LostRestarts, verdict: Verdict
) -> None:
    nothing: tuple[float | None, float | None] = (None, None)
    missing = replace(SLOWER, baseline=None, candidate=None, effect=None, interval=nothing)
    unjudged = replace(missing, tolerance=None, lost=lost, verdict=Verdict.INCONCLUSIVE)
    (cell,) = _again(comparison_of([unjudged]), "seconds_per_epoch=11%").cells
    assert cell.verdict is verdict
    # Of a curve it says nothing: there is none of two batch sizes, whoever failed.
    curve = replace(unjudged, metric="overhead_per_step", batch_size=None)
    assert _again(comparison_of([curve]), "overhead_per_step=11%").cells[0].verdict is Verdict.INCONCLUSIVE


def test_a_share_alone_judges_again_what_was_judged_by_a_ratio() -> None:
    unjudged = replace(SLOWER, metric="cost_per_example", tolerance=None)
    quality = replace(SLOWER, metric="quality", loop=None)
    cells = _again(comparison_of([SLOWER, unjudged, quality]), "11%").cells
    assert [cell.tolerance for cell in cells] == [0.11, None, SLOWER.tolerance]
    assert cells[0].verdict is Verdict.UNCHANGED


def test_a_tolerance_for_one_workload_leaves_the_others_as_they_are() -> None:
    other = replace(SLOWER, workload="char-lm")
    cells = _again(comparison_of([SLOWER, other]), "blobs.seconds_per_epoch=11%").cells
    assert [cell.verdict for cell in cells] == [Verdict.UNCHANGED, Verdict.REGRESSED]


def test_a_metric_that_is_switched_off_is_reported_and_counts_for_nothing() -> None:
    comparison = _again(comparison_of([SLOWER, cell_of(1.0, width=1.001, batch_size=64)]), "seconds_per_epoch=false")
    assert not any(cell.counts for cell in comparison.cells)
    assert comparison.verdict is Verdict.INCONCLUSIVE


def test_what_is_needed_is_told_for_the_new_tolerance_and_forgotten_where_it_is_settled() -> None:
    close = cell_of(1.0, needed="about 99 restarts")
    assert _again(comparison_of([close]), "seconds_per_epoch=1.5%").cells[0].needed == "about 7 restarts (--restarts 7)"
    assert _again(comparison_of([close]), "seconds_per_epoch=3%").cells[0].needed is None
    stored = comparison_of([close], is_live=False)
    assert _again(stored, "seconds_per_epoch=1.5%").cells[0].needed == "a live comparison (batchmark upgrade)"


@pytest.mark.parametrize("tolerance", ["1%", "1.5%", "0.1%"])
def test_restarts_are_not_what_settles_peak_memory(tolerance: str) -> None:
    memory = cell_of(1.0, metric="peak_bytes", tolerance=0.05, restarts=3)
    (cell,) = _again(comparison_of([memory]), f"peak_bytes={tolerance}").cells
    assert cell.verdict is Verdict.INCONCLUSIVE
    assert cell.needed == "another tolerance on peak_bytes (restarts don't measure memory again)"


def test_quality_keeps_the_margin_it_was_judged_with_unless_it_is_named() -> None:
    quality = cell_of(-0.004, metric="quality", tolerance=0.017, rounds=20)
    comparison = comparison_of([quality])
    assert _again(comparison, "seconds_per_epoch=5%").cells == (quality,)
    assert _again(comparison, "quality=0.001").cells[0].verdict is Verdict.REGRESSED
    assert not _again(comparison, "quality=false").cells[0].counts
    near = _again(comparison, "quality=0.005").cells[0]
    assert (near.verdict, near.needed) == (Verdict.INCONCLUSIVE, "about 80 seeds")


def test_a_side_that_is_missing_keeps_its_verdict_whatever_the_tolerance() -> None:
    missing = cell_of(None)
    assert _again(comparison_of([missing]), "seconds_per_epoch=50%").verdict is Verdict.INCONCLUSIVE


def test_another_confidence_is_refused_because_the_intervals_can_not_be_made_again() -> None:
    comparison = comparison_of([SLOWER])
    with pytest.raises(
        PolicyError, match=r"confidence 0\.99 is asked for, and the stored intervals were made for 0\.95"
    ):
        judge_again(comparison, PolicySettings(confidence=0.99))
    assert judge_again(comparison, PolicySettings(confidence=0.95)) == comparison


def test_judging_more_than_the_intervals_were_made_for_is_told() -> None:
    first = cell_of(1.0, metric="first_epoch_seconds", tolerance=None, level=0.98)
    comparison = comparison_of([replace(SLOWER, level=0.95), first])
    assert _again(comparison, "seconds_per_epoch=5%").warnings == ()
    (warning,) = _again(comparison, "first_epoch_seconds=5%").warnings
    assert warning.startswith(
        "more is judged than the stored intervals were made for: they hold together at 93.0%, not"
    )


def test_sides_on_other_hardware_are_refused() -> None:
    environment = Environments(FACTS, {**FACTS, "device": "GPU"})
    with pytest.raises(IncomparableError, match="another device"):
        judge_again(comparison_of([SLOWER], environment=environment), PolicySettings())


def test_a_workload_that_is_not_compared_is_refused_by_name() -> None:
    comparison = comparison_of([SLOWER])
    require_known_workloads(comparison, parse_tolerance("blobs.seconds_per_epoch=1%"))
    with pytest.raises(PolicyError, match="workload 'blbos', and the comparison has blobs"):
        require_known_workloads(comparison, parse_tolerance("blbos.seconds_per_epoch=1%"))


@pytest.mark.parametrize(
    ("values", "stopped", "code"),
    [
        ((1.0,), None, 0),
        ((0.5, 1.0), None, 0),
        ((1.0, 1.2), None, 1),
        ((1.2, None), "interrupted by Ctrl-C", 1),
        ((1.0, None), None, 3),
        ((1.0,), "interrupted by Ctrl-C", 3),
        ((), None, 3),
    ],
)
def test_the_exit_code_is_the_answer(values: tuple[float | None, ...], stopped: str | None, code: int) -> None:
    cells = [cell_of(value, width=1.005, batch_size=number + 1) for number, value in enumerate(values)]
    assert exit_code(comparison_of(cells, stopped=stopped, policy=Policy({}))) == code


def test_quality_is_unchanged_only_where_unseen_stuck_seeds_could_not_take_it_beyond() -> None:
    cell = cell_of(0.0, metric="quality", tolerance=0.001, width=0.002, unseen_share=0.02, unseen_cost=0.5, rounds=80)
    within, at_risk = (
        _again(comparison_of([cell]), f"quality={tolerance}").cells[0] for tolerance in ("0.02", "0.011")
    )
    assert within.verdict is Verdict.UNCHANGED
    assert at_risk.verdict is Verdict.INCONCLUSIVE
    assert at_risk.needed is not None
    assert at_risk.needed.endswith("seeds")
    unknown = replace(cell, unseen_cost=None)
    assert _again(comparison_of([unknown]), "quality=0.02").cells[0].verdict is Verdict.INCONCLUSIVE


def test_quality_of_an_older_file_is_judged_by_its_interval() -> None:
    cell = cell_of(0.0, metric="quality", tolerance=0.001, width=0.002)
    assert _again(comparison_of([cell]), "quality=0.011").cells[0].verdict is Verdict.UNCHANGED
