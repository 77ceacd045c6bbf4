import pytest

from batchmark.errors import BatchmarkError
from batchmark.studies.claims.blobs_arms import BY_BUDGET
from batchmark.studies.claims.by_budget import Budget, Rate
from batchmark.studies.questions.rules_of_rates import Rule, part_by_rule, require_rules
from claim_results_made import arm_of


@pytest.mark.parametrize("rule", [rule for rule in Rule if rule is not Rule.WARM_UP])
@pytest.mark.parametrize("budget", Budget)
def test_a_rule_that_claims_have_makes_the_same_trainings(rule: Rule, budget: Budget) -> None:
    assert part_by_rule(BY_BUDGET, 128, budget, rule) == BY_BUDGET.part(128, budget, Rate(rule.value))


def test_a_larger_batch_is_warmed_up_from_the_reference_s_rate_to_the_linear_one() -> None:
    phases = arm_of(part_by_rule(BY_BUDGET, 128, Budget.EPOCHS, Rule.WARM_UP)).course.phases
    assert [phase.epochs for phase in phases] == [1, 1, 1, 1, 1, 195]
    assert [phase.learning_rate for phase in phases] == pytest.approx([0.01, 0.016, 0.022, 0.028, 0.034, 0.04])


@pytest.mark.parametrize("size", [8, 32])
def test_where_the_rate_is_no_higher_there_is_nothing_to_rise_to(size: int) -> None:
    for budget in Budget:
        warmed, linear = (part_by_rule(BY_BUDGET, size, budget, rule) for rule in (Rule.WARM_UP, Rule.LINEAR))
        assert warmed == linear


def test_a_rule_that_needs_a_rate_says_which_and_who_sets_it() -> None:
    require_rules("mine:w", None, (Rule.FIXED,), epochs=3)
    for rule in (Rule.LINEAR, Rule.SQUARE_ROOT, Rule.WARM_UP, Rule.TUNED):
        with pytest.raises(BatchmarkError, match=f"'mine:w' sets no learning rate .* as a {rule} does; give it learn"):
            require_rules("mine:w", None, (Rule.FIXED, rule), epochs=20)


def test_a_warm_up_as_long_as_the_training_is_refused() -> None:
    require_rules("blobs", 0.01, (Rule.WARM_UP,), epochs=6)
    with pytest.raises(BatchmarkError, match="5 epochs of warm-up in a training of 5; expected more: --epochs 6"):
        require_rules("blobs", 0.01, (Rule.WARM_UP,), epochs=5)
