"""A made-up world for which batch size to use: targets that take a while, ends of training, and loops of any speed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from batchmark.loops import FIT
from batchmark.records import Cell
from batchmark.studies.laboratory.parts import Arm, Part, Timing
from batchmark.studies.laboratory.results import Results
from batchmark.studies.questions.choosing import Choice, ChoiceDesign, judge, then
from batchmark.trainings import Followed
from claim_results_made import World, made, skewed, timed
from questions_asked import DESCRIBED
from sizes_asked import TARGET, target_world

COMPILED = "compiled:xla"


def choice_design(**fields: Any) -> ChoiceDesign:
    """Return a design; `fields` replace what is made up."""
    made_up: dict[str, Any] = {
        "workload": DESCRIBED,
        "batch_sizes": (8, 32, 128, 500),
        "seeds": 12,
        "tuning_seeds": 5,
        "epochs": 80,
        "target": TARGET,
        "loops": (FIT, COMPILED),
    }
    return ChoiceDesign(**(made_up | fields))


def choice_world(
    *,
    compiled_is: float = 4.0,
    worse: Mapping[int, float] | None = None,
    refused: tuple[str, ...] = (),
    **fields: Any,
) -> World:
    """Targets as of `target_world`; a step by `fit` takes 1 ms and 10 µs an example, another loop's is so much faster.

    A size in `worse` ends that much below what the others end at; loops in `refused` are not timed.
    """
    world = target_world(**fields)

    def answer(part: Part) -> Any:
        if isinstance(part, Timing):
            noise = skewed(np.random.default_rng(1), (len(part.loops) * len(part.batch_sizes), part.turns), 0.01)
            found = timed(part, lambda cell: _seconds(cell, compiled_is), noise=noise)
            return replace(found, records=tuple(each for each in found.records if each.cell.loop not in refused))
        assert isinstance(part, Arm)
        followed = world(part)
        assert isinstance(followed, Followed)
        less = (worse or {}).get(part.course.phases[0].batch_size, 0.0)
        # What seeds end at differs a little; by the same in all sizes, and some of their own.
        size = part.course.phases[0].batch_size
        own = skewed(np.random.default_rng((17, size)), part.seeds, 0.001)
        return replace(followed, fresh_quality=tuple(0.85 - less + own))

    return answer


def _seconds(cell: Cell, compiled_is: float) -> float:
    steps = -(-500 // cell.batch_size)
    return steps * (1e-3 + 1e-5 * cell.batch_size) / (1 if cell.loop == FIT else compiled_is)


def choice_results(design: ChoiceDesign, world: World) -> Results:
    """Return what a laboratory would obtain in two goes."""
    first = made(design.parts, world)
    more = made(then(first, design), world)
    return replace(first, obtained={**first.obtained, **more.obtained}, missing={**first.missing, **more.missing})


def chosen(design: ChoiceDesign | None = None, **fields: Any) -> Choice:
    """Return what is chosen in such a world."""
    own = design or choice_design()
    return judge(choice_results(own, choice_world(**fields)), own)
