"""Which batch size to use: the truth of made-up worlds is found, and what isn't known is said."""

from dataclasses import replace

import pytest

from batchmark.analysis.equivalence import Verdict
from batchmark.errors import BatchmarkError
from batchmark.loops import FIT
from batchmark.studies.laboratory.parts import Arm, Fits, Fitting, Part, Timing
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.studies.questions.choice_known import Known
from batchmark.studies.questions.choice_steps import then
from batchmark.studies.questions.choosing import judge
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
    assert Known(results, design).target == pytest.approx(TARGET + 0.05 - DESCRIBED.quality_margin, abs=1e-4)
    known = Known(results, design)
    judged = {seed for size in known.sizes for seed in known.judged(size, known.best_rates[size]).asked.seeds}
    tried = {
        seed for size in known.sizes for rate in known.grid(size) for seed in known.choosing(size, rate).asked.seeds
    }
    assert not judged & tried


def test_without_a_target_and_a_margin_it_asks_for_a_target() -> None:
    without = replace(DESCRIBED, quality_margin=0.0)
    with pytest.raises(BatchmarkError, match=r"--quality 0\.95"):
        choice_design(workload=without, target=None)
    found = chosen(choice_design(workload=without))
    assert found.as_good == ()
    assert any("no quality_margin" in each for each in found.untold)
    assert found.is_whole


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
    first = then(Results({}, {}), design)
    there = made([part for part in first if isinstance(part, Timing)], choice_world())
    results = replace(there, missing=dict.fromkeys([part for part in first if isinstance(part, Arm)], "no time"))
    assert then(results, design) == ()
    with pytest.raises(MissingPartError, match="no time"):
        judge(results, design)


def test_a_reference_that_diverges_at_every_rate_has_no_target() -> None:
    design = choice_design(target=None)
    results = choice_results(design, choice_world(diverged={32: 5}))
    with pytest.raises(MissingPartError, match="diverge at every rate"):
        judge(results, design)


def test_the_power_of_the_rates_is_the_square_root_that_the_world_is_made_by() -> None:
    assert chosen().rate_exponent == pytest.approx(0.5, abs=0.01)


def test_a_rate_beyond_the_grid_is_found() -> None:
    found = chosen(best={32: 0.01 * 16, 128: 0.02 / 32})
    rates = {at.batch_size: at for at in found.answer.sizes}
    assert rates[32].learning_rate == pytest.approx(0.01 * 16)
    assert rates[128].learning_rate == pytest.approx(0.02 / 32)
    assert not rates[32].is_at_edge


def test_rates_that_are_named_are_the_only_ones() -> None:
    found = chosen(choice_design(rates=(0.01, 0.02)), best={32: 0.16})
    assert {at.learning_rate for at in found.answer.sizes} <= {0.01, 0.02}


def test_sizes_beside_the_best_are_trained_where_that_makes_it_surer() -> None:
    design = choice_design(between=(4, 16, 64, 256))
    assert chosen(design).sizes == (8, 32, 128, 500)
    found = chosen(design, is_surer=True)
    best = found.batch_size or 0
    at = design.sizes.index(best)
    assert set(design.sizes[at - 1 : at + 2]) <= set(found.sizes), "both neighbours were tried"
    assert 4 not in found.sizes, "far from the best"


def test_seeds_are_added_until_it_is_sure_or_they_are_many() -> None:
    design = choice_design(loops=(FIT,), batch_sizes=(32, 64, 128), rates=(0.01,), seeds=10)
    alike = {32: 0.01, 64: 0.01, 128: 0.01}
    world = choice_world(apart=0.3, best=alike)
    first, last = (choice_results(design, world, is_surer=each) for each in (False, True))
    before, after = judge(first, design), judge(last, design)
    assert before.cheapest is not None
    assert after.cheapest is not None
    assert _seeds(last) > _seeds(first) == 3 * (10 + 5)
    assert after.cheapest.longer <= 0.05 or max(at.updates.n for at in after.answer.sizes) == 160
    assert after.cheapest.longer <= before.cheapest.longer


def _seeds(results: Results) -> int:
    return sum(part.seeds for part in results.obtained if isinstance(part, Arm))


def test_what_is_clear_needs_no_more_seeds() -> None:
    design = choice_design(loops=(FIT,), rates=(0.01,), batch_sizes=(1, 32, 128))
    found = chosen(design, is_surer=True, spread=0.001, best=dict.fromkeys((1, 32, 128), 0.01))
    assert {at.updates.n for at in found.answer.sizes} == {12}


def test_what_does_not_fit_is_trained_by_micro_batches_and_leaves_a_margin() -> None:
    design = choice_design(margin=0.1, target=None)
    known = Known(choice_results(design, choice_world(fits_up_to=140)), design)
    assert known.most == 126
    assert known.timing.batch_sizes == (8, 32, 64, 125)
    found = chosen(design, fits_up_to=140)
    assert {size: (how.size, how.times) for size, how in found.micro.items()} == {128: (64, 2), 500: (125, 4)}
    assert found.fits is not None
    assert found.fits.batch_size == 126
    assert found.speed is not None
    assert found.speed.fastest in {8, 32}, "no batch that doesn't fit is called fast"
    whole = {at.batch_size: at for at in chosen(choice_design(target=None)).answer.sizes}
    for at in found.answer.sizes:
        # As many updates; seconds are those of smaller batches.
        assert at.updates.value == pytest.approx(whole[at.batch_size].updates.value, rel=0.15)
    micro = next(at for at in found.answer.sizes if at.batch_size == 128)
    assert micro.seconds_per_update == pytest.approx(2 * (1e-3 + 1e-5 * 64), rel=0.05)


def test_micro_batches_take_the_time_of_their_epochs_however_updates_fall_into_these() -> None:
    # 5 micro-batches of 90 make 450, and an epoch of 500 examples has 6 of them.
    design = choice_design(margin=0.0, batch_sizes=(32, 450), loops=(FIT,))
    found = chosen(design, fits_up_to=90)
    at = next(each for each in found.answer.sizes if each.batch_size == 450)
    assert at.seconds is not None
    micro = 6 * (1e-3 + 1e-5 * 90)
    epochs = at.seconds.value / micro
    assert epochs == pytest.approx(round(epochs), abs=0.1), "looks are after epochs: whole ones"
    assert at.updates.value == pytest.approx(round(epochs) * 6 // 5, abs=1)


def test_a_size_at_which_a_training_failed_does_not_fit() -> None:
    design = choice_design(margin=0.1)
    world = choice_world()

    def failing(part: Part) -> object:
        answer = world(part)
        return replace(answer, trained=19, why_not="out of memory") if isinstance(answer, Fits) else answer

    results = choice_results(design, failing)  # type: ignore[arg-type]
    found = judge(results, design)
    assert 500 in found.micro
    assert not found.is_whole
    assert any("batch size 500: 1 of 20 trainings at it failed" in each for each in found.left_out)


def test_where_nothing_fits_there_is_no_answer_and_it_says_why() -> None:
    design = choice_design(margin=0.1)
    world = choice_world()

    def nothing(part: Part) -> object:
        return Fits(None, False, None, 0, 0, None, 8 << 30) if isinstance(part, Fitting) else world(part)

    results = choice_results(design, nothing)  # type: ignore[arg-type]
    with pytest.raises(MissingPartError, match="no batch size that was asked for fits"):
        judge(results, design)


def test_a_memory_limit_that_can_not_be_ends_it_before_anything_is_trained() -> None:
    design = choice_design(margin=0.1, memory_limit=1)
    results = Results({}, dict.fromkeys(design.parts, "a memory limit of 1 B is taken by importing TensorFlow alone"))
    with pytest.raises(BatchmarkError, match="taken by importing"):
        then(results, design)


def test_where_everything_fits_nothing_changes() -> None:
    found = chosen(choice_design(margin=0.1))
    assert found.micro == {}
    assert found.fits is not None
    assert found.fits.is_maximum
    assert (found.batch_size, found.sizes) == (chosen().batch_size, chosen().sizes)


def test_a_size_that_no_micro_batch_makes_is_left_out_and_named() -> None:
    design = choice_design(margin=0.0, batch_sizes=(8, 32, 127))
    found = chosen(design, fits_up_to=32)
    assert 127 not in found.sizes
    assert any(each.startswith("batch size 127: it doesn't fit") for each in found.left_out)


def test_where_memory_could_not_be_asked_it_is_left_out_and_named() -> None:
    design = choice_design(margin=0.1)
    world = choice_world()
    first = replace(made((), world), missing=dict.fromkeys(design.parts, "a probe hung"))
    results = first
    while parts := then(results, design):
        more = made(parts, world)
        results = replace(results, obtained={**results.obtained, **more.obtained})
    found = judge(results, design)
    assert found.batch_size is not None
    assert "what fits into memory: a probe hung" in found.left_out


def test_another_backend_is_told_beside_the_loops() -> None:
    found = chosen(choice_design(backends=("jax",)))
    gains = {each.way: each.speedup.value for each in found.gains}
    assert set(gains) == {COMPILED, "fit@jax", f"{COMPILED}@jax"}
    assert gains["fit@jax"] == pytest.approx(2.0, rel=0.01)
    assert gains[f"{COMPILED}@jax"] == pytest.approx(8.0, rel=0.05)


def test_energy_is_updates_times_the_joules_of_one() -> None:
    assert chosen().joules == {}
    found = chosen(joules=50.0)
    by_size = {at.batch_size: at for at in found.answer.sizes}
    for size, joules in found.joules.items():
        assert joules == pytest.approx(50.0 * (by_size[size].updates.value * (by_size[size].seconds_per_update or 0)))


@pytest.mark.parametrize("lost", ["first", "last"])
def test_a_size_of_which_one_training_is_missing_is_named_and_the_others_are_made_surer(lost: str) -> None:
    design = choice_design(loops=(FIT,), rates=(0.01, 0.02), seeds=10)
    world = choice_world(apart=0.3)
    rate = 0.01 if lost == "first" else 0.02

    def without_one(part: Part) -> object:
        phase = part.course.phases[0] if isinstance(part, Arm) else None
        is_it = phase is not None and (phase.batch_size, phase.learning_rate) == (500, rate)
        return "its worker died" if is_it else world(part)

    results = choice_results(design, without_one, is_surer=True)  # type: ignore[arg-type]
    found = judge(results, design)
    assert found.batch_size in {8, 32, 128}
    assert 500 not in found.sizes
    assert any("batch size 500: its worker died" in each for each in found.left_out)
