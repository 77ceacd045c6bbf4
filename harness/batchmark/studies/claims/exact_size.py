"""Claim 4: the exact batch size has no critical influence on accuracy."""

from batchmark.studies.claims import blobs_arms
from batchmark.studies.claims.blobs_arms import BY_BUDGET, REFERENCE, SEEDS, papers
from batchmark.studies.claims.by_budget import Budget, Rate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Picture, together
from batchmark.studies.claims.equal import Equal, judge_equal
from batchmark.studies.claims.told import in_a_row, told
from batchmark.studies.claims.trained import curve, diverged, fresh_quality, trainings_of, tuning_notes
from batchmark.studies.laboratory.parts import Arm, Tuned
from batchmark.studies.laboratory.results import Results
from batchmark.workloads.blobs import BLOBS

_OTHERS = (8, 128, blobs_arms.FULL_BATCH)
"""Of P's sizes, those that are tried at other budgets and rates too."""
_PAPERS = f"{Budget.EPOCHS}, P's rate"


def _by_size() -> dict[str, dict[int, Arm | Tuned]]:
    others = {
        f"{budget}, {rate}": {size: BY_BUDGET.part(size, budget, rate) for size in (REFERENCE, *_OTHERS)}
        for budget, rate in ((Budget.EPOCHS, Rate.TUNED), (Budget.UPDATES, Rate.FIXED), (Budget.UPDATES, Rate.TUNED))
    }
    return {_PAPERS: {size: papers(size) for size in blobs_arms.SIZES}, **others}


_PARTS = _by_size()
_FAMILY = sum(len(by_size) - 1 for by_size in _PARTS.values())


def judge(results: Results) -> Finding:
    """Judge each size against 32 at the same budget and by the same rule for the rate."""
    followed = {
        where: {size: trainings_of(results, part) for size, part in by_size.items()}
        for where, by_size in _PARTS.items()
    }
    found = {
        (size, where): judge_equal(trainings, by_size[REFERENCE], BLOBS, family=_FAMILY)
        for where, by_size in followed.items()
        for size, trainings in by_size.items()
        if size != REFERENCE
    }
    conditions = tuple(
        Condition(f"accuracy at {size} minus at {REFERENCE}, {where}", each.difference, answer=each.answer)
        for (size, where), each in found.items()
    )
    every = {id(one): one for by_size in followed.values() for one in by_size.values()}
    drawn = tuple(
        curve(where, tuple(by_size), [fresh_quality(one) for one in by_size.values()])
        for where, by_size in ((where, dict(sorted(by_size.items()))) for where, by_size in followed.items())
    )
    return Finding(
        together([each.answer for each in found.values()]),
        _sentence(found),
        conditions,
        seeds=min(len(one.seeds) for one in every.values()),
        diverged=diverged(every.values()),
        notes=(*_seeds_needed(found), _papers_test_set(), *blobs_arms.CEILING_NOTE, *_tuning(results)),
        pictures=(
            Picture("Accuracy by batch size", "batch size", "accuracy on fresh examples", drawn, x_is_logarithmic=True),
        ),
    )


def _sentence(found: dict[tuple[int, str], Equal]) -> str:
    by_answer = {
        answer: [where for where, each in found.items() if each.answer is answer]
        for answer in (Answer.CONFIRMED, Answer.REFUTED, Answer.INCONCLUSIVE)
    }
    largest = max(found, key=lambda where: abs(found[where].difference.value))
    told_largest = f"{told(found[largest].difference, '+.4f')} at {largest[0]} ({largest[1]})"
    parts = [
        (
            f"Against {REFERENCE}, {len(by_answer[Answer.CONFIRMED])} of {len(found)} are equal within "
            f"±{BLOBS.quality_margin}"
        )
    ]
    if by_answer[Answer.REFUTED]:
        apart = [
            f"{told(found[each].difference, '+.4f')} at {each[0]} ({each[1]})" for each in by_answer[Answer.REFUTED]
        ]
        parts.append(f"accuracy differs by more than that: {in_a_row(apart)}")
    if by_answer[Answer.INCONCLUSIVE]:
        parts.append(f"{len(by_answer[Answer.INCONCLUSIVE])} not settled")
    if not by_answer[Answer.REFUTED]:
        parts.append(f"the largest difference is {told_largest}")
    return "; ".join(parts) + "."


def _seeds_needed(found: dict[tuple[int, str], Equal]) -> tuple[str, ...]:
    unsettled = [each for each in found.values() if each.answer is Answer.INCONCLUSIVE]
    if not unsettled:
        return ()
    needed = [each.seeds_needed for each in unsettled]
    told_needed = (
        f"about {max(each for each in needed if each):,} seeds would show all of them equal, if they are"
        if all(needed)
        else "more seeds alone may not settle all of them"
    )
    return (f"Not settled in {len(unsettled)}: {unsettled[0].unseen}; {told_needed}.",)


def _papers_test_set() -> str:
    return (
        "P compared one run a size on 500 test examples, whose standard error is 0.017: here the test set has 50,000."
    )


def _tuning(results: Results) -> tuple[str, ...]:
    tuned = {where: [part for part in by_size.values() if isinstance(part, Tuned)] for where, by_size in _PARTS.items()}
    return tuning_notes(
        results, {where.removesuffix(f", {Rate.TUNED}"): parts for where, parts in tuned.items() if parts}
    )


CLAIM = Claim(
    number=4,
    who="P",
    source="Lisov et al. 2023, doi 10.25559/SITITO.019.202302.324-332",
    sentence="The exact batch size has no critical influence on accuracy.",
    workload=BLOBS.name,
    rule=(
        f"Over {SEEDS} seeds, the mean difference in fresh accuracy to {REFERENCE}: of P's nine other sizes at its own "
        f"rates and 200 epochs, and of {in_a_row(_OTHERS)} at the tuned rate, and at equal updates at the fixed and at "
        f"the tuned rate. Confirmed: each is equal within ±{BLOBS.quality_margin}, what one run of P could just have "
        "seen, at 5 % error each, seeds that may be stuck unseen included. Refuted: one differs by more than that, at "
        "5 % error for all together, or diverges more often. Otherwise inconclusive."
    ),
    parts=tuple(dict.fromkeys(part for by_size in _PARTS.values() for part in by_size.values())),
    judge=judge,
    kind_of_network="dense",
)
