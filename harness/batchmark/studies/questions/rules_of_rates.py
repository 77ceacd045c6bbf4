"""Rules by which a learning rate follows the batch size, and which of them can be asked of a workload.

Source: Goyal et al. 2017, arXiv 1706.02677 (in proportion to it, and with a warm-up); Krizhevsky 2014, arXiv 1404.5997,
and for Adam Malladi et al. 2022, arXiv 2205.10287 (to its square root).
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from batchmark.course import warmed_up
from batchmark.errors import BatchmarkError
from batchmark.studies.claims.by_budget import Budget, ByBudget, Rate
from batchmark.studies.laboratory.parts import Arm, Tuned

WARM_UP_EPOCHS = 5
"""Of Goyal et al., section 2.2."""


class Rule(StrEnum):
    """How the learning rate follows the batch size: the rates of claims, and the linear one with a warm-up."""

    FIXED = Rate.FIXED.value
    LINEAR = Rate.LINEAR.value
    SQUARE_ROOT = Rate.SQUARE_ROOT.value
    WARM_UP = "linear rate with warm-up"
    TUNED = Rate.TUNED.value


def part_by_rule(by_budget: ByBudget, size: int, budget: Budget, rule: Rule) -> Arm | Tuned:
    """Return the trainings at one batch size by a rule.

    A warm-up rises from the reference's rate to the linear one: where that is no higher there is none.

    Raises ValueError: a warm-up as long as the training.
    """
    if rule is not Rule.WARM_UP:
        return by_budget.part(size, budget, Rate(rule.value))
    arm = by_budget.arm(size, budget, by_budget.rate_at(size, Rate.LINEAR))
    if size <= by_budget.reference:
        return arm
    return replace(arm, course=warmed_up(arm.course, WARM_UP_EPOCHS, starting_rate=by_budget.rate))


def require_rules(workload: str, learning_rate: float | None, rules: Sequence[Rule], *, epochs: int) -> None:
    """Refuse rules that need a learning rate the workload doesn't set, and a warm-up as long as the training.

    Raises BatchmarkError.
    """
    following = [rule for rule in rules if rule is not Rule.FIXED]
    if learning_rate is None and following:
        message = (
            f"workload {workload!r} sets no learning rate that could follow the batch size, as a {following[0]} does; "
            "give it learning_rate=..., which its build_model takes, or keep the rate fixed"
        )
        raise BatchmarkError(message)
    if Rule.WARM_UP in rules and epochs <= WARM_UP_EPOCHS:
        message = (
            f"{WARM_UP_EPOCHS} epochs of warm-up in a training of {epochs}; expected more: --epochs "
            f"{WARM_UP_EPOCHS + 1} or above, or other --rates"
        )
        raise BatchmarkError(message)
