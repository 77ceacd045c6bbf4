"""Claims as text, compared to the letter with golden/claims/*.txt.

After a wanted change: REGENERATE_GOLDEN=1 pytest tests/report, then read the difference in git before committing it.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from batchmark.report.claims import render_claims, render_list
from batchmark.report.claims_summary import conclusions, number_range, say_chance, say_counts
from batchmark.studies.claims.claim import Answer
from batchmark.studies.claims.study import Outcome
from claims_tested import HOSTILE, all_kinds, claim_of, finding_of, outcomes_of
from golden import require_agreed

GOLDEN = Path(__file__).parent / "golden" / "claims"
_LIST = (
    claim_of(1, sentence="Full batch is the fastest and batch size 1 the slowest (28.6 times), nonlinear between."),
    claim_of(12, who="A, citing Smith et al. 2018", source="arXiv 1711.00489"),
    claim_of(22, sentence=HOSTILE),
)

CASES: dict[str, Callable[[], str]] = {
    "list": lambda: render_list(_LIST),
    "all_kinds": lambda: render_claims(outcomes_of(*all_kinds())),
    "one": lambda: render_claims(outcomes_of(Outcome(claim_of(3), finding_of()))),
    "stopped": lambda: render_claims(
        outcomes_of(
            Outcome(claim_of(3), finding_of()),
            Outcome(claim_of(4), why="interrupted by Ctrl-C"),
            stopped="interrupted by Ctrl-C",
        )
    ),
    "nothing": lambda: render_claims(
        outcomes_of(Outcome(claim_of(4), why="ended by SIGTERM"), stopped="ended by SIGTERM", facts={}, seconds=3.0)
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_claims_are_told_as_was_agreed(name: str) -> None:
    require_agreed(CASES[name]() + "\n", GOLDEN / f"{name}.txt")


def test_every_agreed_text_has_its_case() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)


def test_an_infinite_end_is_told_and_none_is_a_dash() -> None:
    text = CASES["all_kinds"]()
    assert "[1.9, ∞]" in text
    assert "[-∞, 0.430]" in text
    assert " - " not in text


def test_counts_are_by_verdict_and_name_the_claims() -> None:
    outcomes = outcomes_of(
        *(Outcome(claim_of(number), finding_of(Answer.REFUTED)) for number in (3, 4)),
        Outcome(claim_of(5), finding_of(Answer.CONFIRMED)),
        Outcome(claim_of(6), why="it was not asked for"),
    )
    assert say_counts(outcomes) == "3 of 4 claims tested: 1 confirmed (5), 2 refuted (3, 4), 1 not tested (6)."


def test_what_chance_would_make_of_it_is_said_of_those_that_were_tested() -> None:
    tested = [Outcome(claim_of(number), finding_of()) for number in range(1, 23)]
    # A binomial of 22 at 5 %: 1.1 on average, and 3 or fewer with a probability of 97.8 %.
    assert "of 22, up to 1.1 would come out wrong by chance, and at most 3" in say_chance(outcomes_of(*tested))
    assert "of 21, up to 1" in say_chance(outcomes_of(*tested[:-1], Outcome(claim_of(22), why="no")))
    assert say_chance(outcomes_of(Outcome(claim_of(22), why="no"))) == ""


def test_ps_conclusions_stand_by_kind_of_network_as_far_as_they_were_asked_for() -> None:
    every = [Outcome(claim_of(number), finding_of()) for number in range(1, 23)]
    beside = conclusions(every)
    assert [(each.kind_of_network, each.number) for each in beside] == [
        ("dense", 4),
        ("dense", 3),
        ("dense", 2),
        ("convolutional", 8),
        ("recurrent", 9),
        ("language model", 10),
    ]
    assert conclusions(every[10:]) == []
    (recurrent,) = conclusions(every[8:9])
    assert recurrent.measured == (
        "refuted: accuracy per doubling, equal epochs, fixed rate: -0.0012 [-0.0022, -0.0002], n = 100"
    )


@pytest.mark.parametrize(
    ("numbers", "said"), [([3], "3"), ([4, 2], "2 and 4"), ([1, 2, 3], "1 to 3"), ([1, 2, 4], "1, 2 and 4")]
)
def test_numbers_in_a_row_are_a_range(numbers: list[int], said: str) -> None:
    assert number_range(numbers) == said
