"""Claims tested: each part obtained once, each claim judged by what is there, and none ended by another."""

from typing import NoReturn

import pytest

from batchmark.errors import StoredFileError, Terminated, WorkerDiedError
from batchmark.studies.claims.claim import Answer, Claim, Finding
from batchmark.studies.claims.study import Outcomes, run_claims
from batchmark.studies.laboratory.parts import Part
from batchmark.studies.laboratory.results import Results
from claims_tested import FACTS, MadeLaboratory, arm_of, claim_of, everything, finding_of


def _raising(error: BaseException) -> Claim:
    def judge(_: Results) -> NoReturn:
        raise error

    return claim_of(7, judge=judge)


def _answers(outcomes: Outcomes) -> list[Answer]:
    return [each.answer for each in outcomes.outcomes]


def test_parts_are_asked_for_in_the_order_of_the_claims_and_equal_ones_once() -> None:
    laboratory = MadeLaboratory(everything)
    claims = [claim_of(1, parts=(arm_of(32), arm_of(8))), claim_of(2, parts=(arm_of(8), arm_of(64), arm_of(32)))]
    run_claims(claims, laboratory, budget_seconds=60.0)
    assert laboratory.asked == [arm_of(32), arm_of(8), arm_of(64)]
    assert laboratory.budget == 60.0


def test_each_claim_is_judged_by_its_rule() -> None:
    outcomes = run_claims([claim_of(3), claim_of(4)], MadeLaboratory(everything))
    assert [each.claim.number for each in outcomes.outcomes] == [3, 4]
    assert [each.finding for each in outcomes.outcomes] == [finding_of(seeds=4)] * 2
    assert outcomes.is_whole
    assert outcomes.facts == FACTS
    assert outcomes.seconds >= 0


def test_a_missing_part_is_a_claim_that_was_not_tested_and_why() -> None:
    def world(part: Part) -> object:
        return "the budget was spent before it" if part == arm_of(8) else everything(part)

    claims = [claim_of(3), claim_of(4, judge=lambda results: finding_of(seeds=len(results.of(arm_of(32)).seeds)))]
    outcomes = run_claims(claims, MadeLaboratory(world))
    assert _answers(outcomes) == [Answer.NOT_TESTED, Answer.REFUTED]
    assert outcomes.outcomes[0].why == "the budget was spent before it"
    assert outcomes.stopped is None
    assert not outcomes.is_whole


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
        (ValueError("two\nlines"), "ValueError: two lines"),
        (KeyError("x"), "KeyError: 'x'"),
        (AssertionError(), "AssertionError:"),
    ],
)
def test_a_rule_that_fails_is_named_and_ends_no_other(error: Exception, told: str) -> None:
    outcomes = run_claims([_raising(error), claim_of(8)], MadeLaboratory(everything))
    first, second = outcomes.outcomes
    assert (first.answer, first.finding) == (Answer.NOT_TESTED, None)
    assert first.why.startswith(f"the rule of claim 7 failed with {told}")
    assert "test_study.py, line " in first.why
    assert "\n" not in first.why
    assert second.answer is Answer.REFUTED
    assert not outcomes.is_whole


def test_what_was_obtained_before_ctrl_c_is_judged() -> None:
    def world(part: Part) -> object:
        return everything(part) if part in claim_of(3).parts else "interrupted by Ctrl-C"

    claims = [claim_of(3), claim_of(4, parts=(arm_of(64),), judge=lambda results: _needs(results, arm_of(64)))]
    outcomes = run_claims(claims, MadeLaboratory(world, stopped="interrupted by Ctrl-C"))
    assert _answers(outcomes) == [Answer.REFUTED, Answer.NOT_TESTED]
    assert outcomes.stopped == "interrupted by Ctrl-C"
    assert outcomes.outcomes[1].why == "interrupted by Ctrl-C"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyboardInterrupt(), "interrupted by Ctrl-C"),
        (Terminated(), "ended by SIGTERM"),
        (WorkerDiedError("the worker was killed by signal 9"), "the worker was killed by signal 9"),
        (StoredFileError("x.json can't be written: No space left on device"), "No space left on device"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_what_ends_obtaining_altogether_is_told_and_a_claim_that_needs_nothing_is_judged(
    error: BaseException, told: str
) -> None:
    def world(_: Part) -> NoReturn:
        raise error

    claims = [claim_of(3), claim_of(22, parts=(), judge=lambda _: finding_of())]
    outcomes = run_claims(claims, MadeLaboratory(world))
    assert _answers(outcomes) == [Answer.NOT_TESTED, Answer.REFUTED]
    assert told in str(outcomes.stopped)
    assert told in outcomes.outcomes[0].why


def test_ctrl_c_while_a_rule_judges_keeps_what_was_judged_before() -> None:
    outcomes = run_claims([claim_of(3), _raising(KeyboardInterrupt()), claim_of(8)], MadeLaboratory(everything))
    assert _answers(outcomes) == [Answer.REFUTED, Answer.NOT_TESTED, Answer.NOT_TESTED]
    assert {each.why for each in outcomes.outcomes[1:]} == {"interrupted by Ctrl-C"}
    assert outcomes.stopped == "interrupted by Ctrl-C"


def test_a_stop_with_every_verdict_there_is_not_the_whole() -> None:
    assert not run_claims([claim_of(3)], MadeLaboratory(everything, stopped="ended by SIGTERM")).is_whole


def test_a_folder_that_cannot_be_made_is_the_users_to_mend() -> None:
    class NoFolder(MadeLaboratory):
        @property
        def facts(self) -> NoReturn:
            message = "/proc/x can't be made"
            raise StoredFileError(message)

        @facts.setter
        def facts(self, value: object) -> None:
            pass

    with pytest.raises(StoredFileError, match="can't be made"):
        run_claims([claim_of(3)], NoFolder(everything))


def test_progress_is_told_claim_by_claim() -> None:
    told: list[tuple[float, float, str]] = []

    def progress(*, phase: str, done: float, of: float, detail: str) -> None:
        assert phase == "judging"
        told.append((done, of, detail))

    run_claims([claim_of(3), claim_of(4)], MadeLaboratory(everything), progress=progress)
    assert told == [(0, 2, "claim 3"), (1, 2, "claim 4")]


def _needs(results: Results, part: Part) -> Finding:
    return finding_of(seeds=len(results.of(part).seeds))  # type: ignore[arg-type]  # an arm
