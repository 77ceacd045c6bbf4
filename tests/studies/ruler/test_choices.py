"""Choices against an exhaustive search, in made-up worlds whose best way is known."""

from dataclasses import replace

import pytest

from batchmark.loops import FIT
from batchmark.progress import silent
from batchmark.report.choices_study import render_choices
from batchmark.studies.laboratory.results import MissingPartError
from batchmark.studies.ruler.choices import Choices, Repetition, run_choices
from choice_asked import choice_design, choice_world
from claim_results_made import World, made

DESIGN = choice_design(loops=(FIT,), batch_sizes=(8, 32, 128), between=(16, 64), seeds=10, target=None)


def _found(world: World, *, repetitions: int = 4, seeds: int = 60) -> Choices:
    def obtain(parts: object) -> object:
        return made(parts, world)  # type: ignore[arg-type]

    return run_choices(DESIGN, obtain, seeds=seeds, repetitions=repetitions, progress=silent)  # type: ignore[arg-type]


def test_the_best_way_of_a_made_up_world_is_found_and_mostly_chosen() -> None:
    found = _found(choice_world(apart=0.1))
    assert found.best.batch_size == 64
    assert found.best.learning_rate == pytest.approx(0.01 * 2**0.5)
    assert len({way.batch_size for way in found.ways}) == 5
    assert found.near.n == 4
    assert found.near.value >= 0.75
    assert all(each.longer >= 0 for each in found.repetitions)


def test_an_exhaustive_search_goes_beyond_the_grid() -> None:
    found = _found(choice_world(best={64: 0.01 * 2**0.5 * 8}), repetitions=1)
    rates = [way.learning_rate for way in found.ways if way.batch_size == 64]
    assert max(rates) >= 0.01 * 2**0.5 * 8 * 0.99


def test_repetitions_draw_other_seeds_and_the_same_number_the_same() -> None:
    world = choice_world(apart=0.6)
    assert _found(world) == _found(world)
    assert len({each.seeds for each in _found(world, repetitions=6).repetitions}) > 1


def test_without_a_training_there_is_no_study() -> None:
    def world(part: object) -> object:
        return "its worker died"

    with pytest.raises(MissingPartError, match="its worker died"):
        _found(world)  # type: ignore[arg-type]


def test_what_was_found_is_told() -> None:
    found = _found(choice_world(apart=0.1))
    text = render_choices(found)
    assert f"Chosen 4 times, of seeds and turns drawn anew: {round(found.near.value * 4)} of 4" in " ".join(
        text.split()
    )
    assert "the best is 64 at 0.0141" in " ".join(text.split())
    nothing = replace(found, repetitions=(Repetition(None, None, float("inf"), 50),))
    assert "the worst one: nothing was recommended" in " ".join(render_choices(nothing).split())
    assert max(map(len, text.splitlines())) <= 80
