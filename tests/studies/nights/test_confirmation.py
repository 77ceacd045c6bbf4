"""A regression is confirmed by a second comparison of the same sides that found it again, and by nothing else."""

from dataclasses import replace

import pytest

from batchmark.comparison import Comparison, Environments, Verdict
from batchmark.errors import IncomparableError
from batchmark.studies.nights.confirmation import confirm
from compared import cell_of
from compared_twice import NARROW, SIDES, epochs_of, reported, run_of

SLOW = run_of(*epochs_of({32: 1.05, 64: 1.05, 128: 1.0}))


def test_what_regressed_twice_is_confirmed_and_the_rest_is_told_apart() -> None:
    found = confirm(SLOW, run_of(*epochs_of({32: 1.06, 64: 1.0, 128: 1.05}), load=0.2))
    assert [each.first.batch_size for each in found.confirmed] == [32]
    assert [each.first.batch_size for each in found.unconfirmed] == [64]
    assert [cell.batch_size for cell in found.only_in_second] == [128]
    assert found.exit_code == 1


@pytest.mark.parametrize("again", [0.9, 1.0, 1.01])
def test_what_the_second_run_calls_anything_else_is_not_confirmed(again: float) -> None:
    found = confirm(SLOW, run_of(*epochs_of({32: again, 64: again, 128: again}), load=0.2))
    assert found.confirmed == ()
    assert len(found.unconfirmed) == 2
    assert found.exit_code == 0


@pytest.mark.parametrize(
    "another",
    [
        cell_of(1.05, width=NARROW, workload="char-lm"),
        cell_of(1.05, width=NARROW, batch_size=33),
        cell_of(1.05, width=NARROW, loop="compiled"),
        cell_of(1.2, width=NARROW, metric="peak_bytes"),
    ],
)
def test_a_regression_elsewhere_confirms_nothing(another: object) -> None:
    assert isinstance(another, type(SLOW.cells[0]))
    found = confirm(run_of(*epochs_of({32: 1.05})), run_of(*epochs_of({32: 1.0}), another, load=0.2))
    assert found.confirmed == ()
    assert found.only_in_second == (another,)
    assert found.exit_code == 0


def test_what_is_reported_and_not_judged_confirms_nothing() -> None:
    twice = [replace(reported(1.3, 32), verdict=Verdict.REGRESSED)]
    found = confirm(run_of(*twice), run_of(*twice, load=0.2))
    assert (found.rechecked, found.only_in_second, found.exit_code) == ((), (), 0)


def test_quality_is_confirmed_like_any_other_metric() -> None:
    worse = cell_of(-0.05, metric="quality", tolerance=0.01)
    found = confirm(run_of(worse), run_of(worse, load=0.2))
    assert [each.first.metric for each in found.confirmed] == ["quality"]


def test_what_the_second_run_did_not_reach_is_neither_confirmed_nor_refuted() -> None:
    found = confirm(SLOW, run_of(*epochs_of({64: 1.0}), load=0.2, stopped="interrupted by Ctrl-C"))
    assert found.confirmed == ()
    assert [each.second is None for each in found.unconfirmed] == [True, False]
    assert found.exit_code == 2


def test_one_confirmed_regression_outweighs_another_that_was_not_reached() -> None:
    found = confirm(SLOW, run_of(*epochs_of({64: 1.05}), load=0.2, stopped="interrupted by Ctrl-C"))
    assert found.exit_code == 1


def test_two_runs_without_a_regression_confirm_none() -> None:
    found = confirm(run_of(*epochs_of({32: 1.0})), run_of(*epochs_of({32: 1.0}), load=0.2))
    assert (found.rechecked, found.exit_code) == ((), 0)


def test_a_second_run_that_ended_before_it_knew_its_sides_is_no_other_side() -> None:
    nothing = replace(run_of(stopped="the candidate could not go on"), environment=Environments({}, {}))
    assert confirm(SLOW, nothing).exit_code == 2


def _with(comparison: Comparison, **candidate: object) -> Comparison:
    sides = comparison.environment
    return replace(comparison, environment=Environments(sides.baseline, {**sides.candidate, **candidate}))


@pytest.mark.parametrize(
    ("second", "complaint"),
    [
        (SLOW, "both files hold the same comparison"),
        (replace(SLOW, is_live=False), "stored sweeps can't confirm each other"),
        (_with(SLOW, tensorflow="2.22.0.dev2"), "have another candidate: tensorflow differ"),
        (_with(SLOW, device="GPU", keras="3.16.0"), "have another candidate: keras, device differ"),
        (
            replace(SLOW, environment=Environments(SIDES.candidate, SLOW.environment.candidate)),
            "have another baseline: tensorflow differ",
        ),
        (
            replace(run_of(load=0.2), policy=replace(SLOW.policy, confidence=0.99)),
            "judged under other tolerances or at another confidence",
        ),
    ],
)
def test_what_is_no_second_run_of_the_same_is_refused(second: Comparison, complaint: str) -> None:
    with pytest.raises(IncomparableError, match=complaint):
        confirm(SLOW, second)
