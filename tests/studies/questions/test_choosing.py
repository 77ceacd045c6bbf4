"""Which batch size to use: the truth of made-up worlds is found, and what isn't known is said."""

from dataclasses import replace

import pytest

from batchmark.analysis.equivalence import Verdict
from batchmark.errors import BatchmarkError
from batchmark.loops import FIT
from batchmark.studies.laboratory.parts import Arm, Timing
from batchmark.studies.laboratory.results import MissingPartError
from batchmark.studies.questions.choosing import judge, then
from choice_asked import COMPILED, choice_design, choice_results, choice_world, chosen
from claim_results_made import made
from questions_asked import DESCRIBED
from sizes_asked import TARGET, updates_needed


def _seconds(size: int) -> float:
    return updates_needed(size) * (1e-3 + 1e-5 * size)


def test_the_size_that_takes_least_time_is_chosen_with_its_rate_and_its_share() -> None:
    found = chosen()
    assert found.cheapest is not None
    assert found.batch_size == min(found.sizes, key=_seconds)
    assert found.learning_rate == pytest.approx(0.01 * ((found.batch_size or 0) / 32) ** 0.5)
    assert found.cheapest.shares[found.cheapest.index] > 0.9
    assert found.is_whole


def test_choices_are_within_5_percent_of_the_best_in_nearly_all_worlds() -> None:
    design = choice_design(loops=(FIT,), rates=(0.01,), epochs=60)
    best = dict.fromkeys(design.batch_sizes, 0.01)
    least = min(map(_looked_at, design.batch_sizes))
    near = 0
    for draw in range(20):
        size = chosen(design, spread=0.2, draw=draw, best=best).batch_size
        near += size is not None and _looked_at(size) <= 1.05 * least
    assert near >= 18


def _looked_at(size: int) -> float:
    """Return the seconds to the look that finds it, of a training without noise: looks are after epochs."""
    steps = -(-500 // size)
    return -(-updates_needed(size) // steps) * steps * (1e-3 + 1e-5 * size)


def test_without_a_target_it_is_what_the_reference_reaches_on_other_seeds_less_the_margin() -> None:
    design = choice_design(target=None)
    results = choice_results(design, choice_world())
    assert design.to_target(results).target == pytest.approx(TARGET + 0.05 - DESCRIBED.quality_margin, abs=1e-4)
    judged = {seed for arm in then(results, design) for seed in arm.asked.seeds}
    tried = {seed for part in design.parts if isinstance(part, Arm) for seed in part.asked.seeds}
    assert not judged & tried


def test_without_a_target_and_a_margin_it_asks_for_a_target() -> None:
    without = replace(DESCRIBED, quality_margin=0.0)
    with pytest.raises(BatchmarkError, match=r"--quality 0\.95"):
        choice_design(workload=without, target=None)
    found = chosen(choice_design(workload=without))
    assert found.as_good == ()
    assert any("no quality_margin" in each for each in found.left_out)


def test_the_same_trainings_tell_which_sizes_train_as_well() -> None:
    # Of few seeds one that is stuck may be unseen.
    found = chosen(choice_design(seeds=150, tuning_seeds=2), worse={500: 0.1})
    verdicts = {each.batch_size: each.against.verdict for each in found.as_good}
    assert verdicts == {8: Verdict.EQUIVALENT, 128: Verdict.EQUIVALENT, 500: Verdict.DIFFERENT}
    assert found.fastest_as_good == 128, "500 is faster, and trains worse"


def test_what_a_loop_gains_is_told_at_the_size_that_is_chosen() -> None:
    (gain,) = chosen(compiled_is=4.0).gains
    assert gain.loop == COMPILED
    assert gain.speedup.value == pytest.approx(4.0, rel=0.05)
    assert gain.batch_size == chosen().batch_size


def test_a_loop_that_could_not_be_timed_is_left_out_and_named() -> None:
    found = chosen(refused=(COMPILED,))
    assert found.batch_size is not None
    assert found.gains == ()
    assert any(each.startswith(f"the loop {COMPILED}") for each in found.left_out)


def test_without_times_by_fit_nothing_is_recommended() -> None:
    found = chosen(refused=(FIT,))
    assert (found.sizes, found.cheapest, found.batch_size) == ((), None, None)
    assert any(each.startswith("the loop fit") for each in found.left_out)


def test_a_target_that_most_seeds_reach_nowhere_recommends_nothing() -> None:
    found = chosen(choice_design(target=0.99))
    assert found.sizes
    assert found.cheapest is None
    assert found.gains == ()


def test_a_size_that_most_seeds_fail_at_is_never_chosen() -> None:
    best = chosen().batch_size or 0
    assert chosen(censored={best: 7}).batch_size != best


def test_what_is_missing_of_one_size_leaves_the_others() -> None:
    design = choice_design()
    results = choice_results(design, choice_world())
    lost = {part for part in results.obtained if isinstance(part, Arm) and part.course.phases[0].batch_size == 8}
    kept = {part: found for part, found in results.obtained.items() if part not in lost}
    partial = replace(results, obtained=kept, missing=dict.fromkeys(lost, "the budget was spent before it"))
    found = judge(partial, design)
    assert 8 not in found.sizes
    assert any(each == "batch size 8: the budget was spent before it" for each in found.left_out)


def test_without_the_reference_s_grid_there_is_no_target() -> None:
    design = choice_design(target=None)
    results = made([part for part in design.parts if isinstance(part, Timing)], choice_world())
    assert then(results, design) == ()
    with pytest.raises(MissingPartError):
        judge(results, design)


def test_a_reference_that_diverges_at_every_rate_has_no_target() -> None:
    design = choice_design(target=None)
    results = made(design.parts, choice_world(diverged={32: 5}))
    with pytest.raises(MissingPartError, match="diverge at every rate"):
        design.to_target(results)


def test_the_power_of_the_rates_is_the_square_root_that_the_world_is_made_by() -> None:
    assert chosen().rate_exponent == pytest.approx(0.5, abs=0.01)
