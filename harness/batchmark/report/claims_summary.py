"""What claims come to together: how many ended how, how many by chance, where, and P's conclusions beside ours."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from batchmark.analysis.rules import by_chance
from batchmark.progress import in_words
from batchmark.report.effects import deciding, effect_with_interval
from batchmark.report.environment import render_environment
from batchmark.report.units import enumeration, size_in_bytes
from batchmark.studies.claims.claim import Answer, Condition, Finding
from batchmark.studies.claims.conclusions import CONCLUSIONS
from batchmark.studies.claims.study import Outcome, Outcomes


@dataclass(frozen=True)
class Beside:
    """A conclusion of P's, what its source says, and what was measured."""

    kind_of_network: str
    says: str
    source_says: str
    measured: str
    number: int


def say_counts(outcomes: Outcomes) -> str:
    """Return how many claims ended how, and their numbers: ``2 of 3 tested: 1 confirmed (22), 1 refuted (4).``."""
    parts = []
    for answer in Answer:
        numbers = [str(each.claim.number) for each in outcomes.outcomes if each.answer is answer]
        if numbers:
            parts.append(f"{len(numbers)} {answer} ({', '.join(numbers)})")
    tested, asked = sum(each.is_tested for each in outcomes.outcomes), len(outcomes.outcomes)
    number = f"{asked} claim{'s' if asked > 1 else ''}" if tested == asked else f"{tested} of {asked} claims"
    return f"{number} tested: {', '.join(parts)}."


def say_chance(outcomes: Outcomes) -> str:
    """Return how many of the verdicts would be wrong by chance; empty where there is none."""
    tested = sum(each.is_tested for each in outcomes.outcomes)
    if not tested:
        return ""
    expected, most = by_chance(tested)
    return (
        f"A rule confirms or refutes wrongly in at most 5 of 100 repetitions: of {tested}, up to {expected:.2g} would "
        f"come out wrong by chance, and at most {most} in 95 of 100 repetitions if they were independent."
    )


def say_stopped(outcomes: Outcomes) -> str:
    """Return why it ended early, and what goes on from there; empty where it didn't."""
    if outcomes.stopped is None:
        return ""
    return f"Not finished: {outcomes.stopped}. What was finished is kept: the same command goes on from there."


def say_where(facts: Mapping[str, object]) -> str:
    """Return the hardware, then versions, device and threads, in a line."""
    memory = facts.get("memory_bytes")
    machine = [str(facts["processor"])] if facts.get("processor") else []
    machine += [size_in_bytes(float(memory))] if isinstance(memory, int) else []
    return " · ".join([*machine, render_environment(facts)])


def say_how_long(outcomes: Outcomes) -> str:
    """Return what it took."""
    return f"{in_words(outcomes.seconds)}, without what was kept of an earlier call"


def say_basis(finding: Finding) -> str:
    """Return how many seeds or turns stand behind a finding, and what diverged: ``n = 100; 3 trainings diverged``."""
    parts = [f"n = {finding.seeds}"] if finding.seeds else []
    if finding.diverged:
        each = "training" if finding.diverged == 1 else "trainings"
        parts.append(f"{finding.diverged} {each} diverged")
    return "; ".join(parts)


def measured(outcome: Outcome) -> str:
    """Return the verdict with the number that it rests on: ``refuted: accuracy per doubling: -0.0012 [...], n = 9``."""
    condition = outcome.finding and deciding(outcome.finding)
    if outcome.finding is None:
        return f"{outcome.answer}: {outcome.why}"
    return f"{outcome.answer}: {condition.what}: {_number_of(condition)}" if condition else str(outcome.answer)


def in_brief(outcome: Outcome) -> str:
    """Return the same without what the number is of, or why there is none: ``refuted: -0.0012 [...], n = 9``."""
    condition = outcome.finding and deciding(outcome.finding)
    return f"{outcome.answer}: {_number_of(condition)}" if condition else str(outcome.answer)


def _number_of(condition: Condition) -> str:
    return f"{effect_with_interval(condition)}, n = {condition.estimate.n}"


def conclusions(outcomes: Iterable[Outcome], tell: Callable[[Outcome], str] = measured) -> list[Beside]:
    """Return P's conclusions on each kind of network that was asked for, in their order; `tell` what was measured."""
    by_number = {outcome.claim.number: outcome for outcome in outcomes}
    return [
        Beside(
            conclusion.kind_of_network,
            by_number[conclusion.claim].claim.sentence,
            conclusion.source_says,
            tell(by_number[conclusion.claim]),
            conclusion.claim,
        )
        for conclusion in CONCLUSIONS
        if conclusion.claim in by_number
    ]


def number_range(numbers: Iterable[int]) -> str:
    """Return the numbers in words: ``1 to 22`` of all in a row, else each."""
    each = sorted(numbers)
    if len(each) > 2 and each == list(range(each[0], each[-1] + 1)):  # noqa: PLR2004  two are named
        return f"{each[0]} to {each[-1]}"
    return enumeration([str(number) for number in each])
