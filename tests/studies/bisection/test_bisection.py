"""The bisection over made-up releases: which are compared, and what is said to have made it slower."""

import math

import pytest

from batchmark.comparison import Comparison, Verdict
from batchmark.errors import BatchmarkError, Terminated
from batchmark.progress import silent
from batchmark.studies.bisection.bisection import run_bisection
from batchmark.studies.bisection.record import Bisection, Role
from bisected import BETWEEN, ENDS, Releases, bisected
from compared import cell_of, comparison_of

STEP = {"1.0": 1.0, "2.0": 1.0, "3.0": 1.0, "4.0": 1.3, "5.0": 1.3}


def _answer(found: Bisection) -> tuple[str, str, bool]:
    return found.last_good, found.first_bad, found.is_found


def test_the_release_that_made_it_slower_is_found_and_measured_again_against_the_one_before_it() -> None:
    releases = Releases(STEP)
    found = bisected(releases)
    assert _answer(found) == ("3.0", "4.0", True)
    assert releases.asked == [("1.0", "5.0", 1), ("1.0", "3.0", 1), ("1.0", "4.0", 1), ("3.0", "4.0", 1)]
    assert [step.role for step in found.steps] == [Role.ENDS, Role.SEARCH, Role.SEARCH, Role.CONFIRMATION]
    assert found.share == pytest.approx(1.0)
    assert not found.changed


@pytest.mark.parametrize(("bad", "verdict"), [(1.0, Verdict.UNCHANGED), (0.8, Verdict.IMPROVED)])
def test_ends_that_do_not_differ_are_compared_once_and_nothing_is_looked_for(bad: float, verdict: Verdict) -> None:
    releases = Releases({**STEP, "5.0": bad})
    found = run_bisection(ENDS, releases, lambda: pytest.fail("the index was asked"), progress=silent)
    assert releases.asked == [("1.0", "5.0", 1)]
    assert found.ends is not None
    assert (found.ends.verdict, found.differ, found.is_found) == (verdict, False, False)


def test_ends_that_are_inconclusive_are_measured_longer_before_it_is_said_that_nothing_can_be_told() -> None:
    releases = Releases({**STEP, "5.0": 1.01})
    found = run_bisection(ENDS, releases, lambda: pytest.fail("the index was asked"), progress=silent)
    assert releases.asked == [("1.0", "5.0", times) for times in (1, 2, 4)]
    assert found.ends is not None
    assert (found.ends.verdict, found.is_found) == (Verdict.INCONCLUSIVE, False)
    longer = Releases(STEP, wide={"5.0": 2})
    assert _answer(bisected(longer)) == ("3.0", "4.0", True)


class _Sizes:
    """Releases whose epochs differ by batch size."""

    def __init__(self, epochs: dict[int, dict[str, float]]) -> None:
        self._epochs = epochs
        self.asked: list[str] = []

    def __call__(self, baseline: str, candidate: str, *, times: int) -> Comparison:
        del times
        self.asked.append(candidate)
        return comparison_of(
            cell_of(own[candidate] / own[baseline], width=1.002, batch_size=size) for size, own in self._epochs.items()
        )


def test_what_is_slow_at_the_end_is_looked_for_and_nothing_that_came_and_went() -> None:
    passing = {"1.0": 1.0, "2.0": 1.05, "3.0": 1.05, "4.0": 1.0, "5.0": 1.0}
    lasting = {"1.0": 1.0, "2.0": 1.0, "3.0": 1.0, "4.0": 1.0, "5.0": 1.5}
    found = run_bisection(ENDS, _Sizes({32: passing, 128: lasting}), lambda: BETWEEN, progress=silent)
    assert _answer(found) == ("4.0", "5.0", True)
    assert found.place == "blobs-128-fit seconds_per_epoch"
    assert found.share == pytest.approx(1.0)
    assert [step.verdict for step in found.steps[1:3]] == [Verdict.UNCHANGED, Verdict.UNCHANGED]


def test_a_small_change_elsewhere_that_lasts_is_not_taken_for_the_large_one() -> None:
    small = {"1.0": 1.0, **dict.fromkeys(("2.0", "3.0", "4.0", "5.0"), 1.03)}
    large = {"1.0": 1.0, "2.0": 1.0, "3.0": 1.0, "4.0": 1.0, "5.0": 3.0}
    found = run_bisection(ENDS, _Sizes({32: small, 128: large}), lambda: BETWEEN, progress=silent)
    assert _answer(found) == ("4.0", "5.0", True)
    cell = found.cell(found.steps[-1])
    assert cell is not None
    assert cell.effect == pytest.approx(3.0)


def test_with_no_release_between_the_ends_their_comparison_is_the_answer() -> None:
    releases = Releases(STEP)
    found = bisected(releases, ())
    assert _answer(found) == ("1.0", "5.0", True)
    assert len(releases.asked) == 1
    assert found.last_step is found.ends


def test_the_oldest_release_between_is_measured_again_though_it_was_compared_with_the_good_end() -> None:
    releases = Releases({**STEP, "2.0": 1.3, "3.0": 1.3})
    found = bisected(releases)
    assert _answer(found) == ("1.0", "2.0", True)
    assert releases.asked[-2:] == [("1.0", "2.0", 1)] * 2


def test_of_a_change_in_two_parts_the_first_beyond_the_tolerance_is_named_with_its_share() -> None:
    found = bisected(Releases({"1.0": 1.0, "2.0": 1.1, "3.0": 1.1, "4.0": 1.21, "5.0": 1.21}))
    assert _answer(found) == ("1.0", "2.0", True)
    assert found.share == pytest.approx(0.5)


def test_a_change_in_parts_of_which_none_is_beyond_the_tolerance_by_itself_is_not_put_down_to_one() -> None:
    found = bisected(Releases({"1.0": 1.0, "2.0": 1.007, "3.0": 1.014, "4.0": 1.021, "5.0": 1.028}))
    assert found.differ
    assert not found.is_found
    assert found.last_step is not None
    assert found.last_step.verdict is not Verdict.REGRESSED


def test_an_inconclusive_step_is_measured_again_with_twice_the_budget() -> None:
    releases = Releases(STEP, wide={"3.0": 4})
    found = bisected(releases)
    assert releases.asked[1:4] == [("1.0", "3.0", times) for times in (1, 2, 4)]
    assert len(found.steps[1].comparisons) == 3
    assert _answer(found) == ("3.0", "4.0", True)
    assert not found.skipped


def test_a_step_that_stays_inconclusive_is_passed_over_for_a_neighbour() -> None:
    found = bisected(Releases(STEP, wide={"3.0": 99}))
    assert found.first_bad == "4.0"
    assert (found.last_good, found.between) == ("2.0", ("3.0",))
    assert not found.is_found
    assert [each.version for each in found.skipped] == ["3.0"]
    assert "inconclusive against 1.0, with 4 times the budget too" in found.skipped[0].why


def test_a_release_that_can_not_be_installed_is_passed_over_and_named() -> None:
    found = bisected(Releases(STEP, happens={"3.0": BatchmarkError("nothing fits")}))
    assert [(each.version, each.why) for each in found.skipped] == [("3.0", "nothing fits")]
    assert (found.last_good, found.first_bad, found.between) == ("2.0", "4.0", ("3.0",))


def test_a_release_beside_the_change_that_is_passed_over_hides_nothing() -> None:
    found = bisected(Releases(STEP, happens={"2.0": BatchmarkError("nothing fits")}))
    assert _answer(found) == ("3.0", "4.0", True)


def test_a_release_on_which_training_fails_is_passed_over() -> None:
    found = bisected(Releases(STEP, stopped={"3.0": "the candidate could not go on: it died"}))
    assert [each.version for each in found.skipped] == ["3.0"]


def test_ends_that_can_not_be_compared_are_an_error() -> None:
    for happens, stopped in ({"5.0": BatchmarkError("no such version")}, {}), ({}, {"5.0": "it died"}):
        with pytest.raises(BatchmarkError, match=r"no such version|it died"):
            bisected(Releases(STEP, happens=happens, stopped=stopped))


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Terminated()])
def test_what_was_found_before_ctrl_c_is_kept(error: KeyboardInterrupt) -> None:
    found = bisected(Releases(STEP, happens={"4.0": error}))
    assert (found.last_good, found.first_bad, found.between) == ("3.0", "5.0", ("4.0",))
    assert found.stopped in {"interrupted by Ctrl-C", "ended by SIGTERM"}


def test_a_comparison_that_ctrl_c_ended_ends_the_bisection_and_passes_nothing_over() -> None:
    found = bisected(Releases(STEP, stopped={"4.0": "interrupted by Ctrl-C"}))
    assert (found.stopped, found.skipped, found.last_good) == ("interrupted by Ctrl-C", (), "3.0")


def test_ctrl_c_before_the_ends_were_compared_leaves_nothing_to_keep() -> None:
    with pytest.raises(KeyboardInterrupt):
        bisected(Releases(STEP, happens={"1.0": KeyboardInterrupt()}))


def test_a_confirmation_that_fails_is_told_and_the_release_is_not_called_found() -> None:
    calls = 0

    def compare(baseline: str, candidate: str, *, times: int) -> object:
        nonlocal calls
        calls += 1
        if baseline != "1.0":
            message = "no room on the disk"
            raise BatchmarkError(message)
        return Releases(STEP)(baseline, candidate, times=times)

    found = run_bisection(ENDS, compare, lambda: BETWEEN, progress=silent)  # type: ignore[arg-type]
    assert _answer(found) == ("3.0", "4.0", False)
    assert "no room on the disk" in found.skipped[-1].why


def test_what_there_is_is_kept_after_each_comparison() -> None:
    kept: list[Bisection] = []
    run_bisection(ENDS, Releases(STEP), lambda: BETWEEN, progress=silent, keep=kept.append)
    assert [len(each.steps) for each in kept] == [1, 2, 3, 4]
    assert all(each.stopped for each in kept)


def test_what_else_changed_with_the_release_is_told() -> None:
    def packages(version: str) -> dict[str, str]:
        newer = {"trees": "0.2"} if version >= "4.0" else {}
        return {"frame": version, "numbers": "2.1" if newer else "2.0", **newer}

    found = bisected(Releases(STEP, packages=packages))
    assert found.changed == {"numbers": ("2.0", "2.1"), "trees": (None, "0.2")}


def test_a_share_is_of_logarithms() -> None:
    found = bisected(Releases({"1.0": 1.0, "2.0": 1.2, "3.0": 1.2, "4.0": 1.2, "5.0": 1.5}))
    assert found.share == pytest.approx(math.log(1.2) / math.log(1.5))
