"""A made-up world for which batch size to use: targets that take a while, ends of training, and loops of any speed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from batchmark.loops import FIT
from batchmark.records import Cell
from batchmark.studies.laboratory.parts import Arm, Fits, Fitting, Part, Timed, Timing
from batchmark.studies.laboratory.results import Results
from batchmark.studies.questions.choice_design import ACCUMULATION, ChoiceDesign
from batchmark.studies.questions.choice_steps import surer, then
from batchmark.studies.questions.choosing import Choice, judge
from batchmark.trainings import Followed
from claim_results_made import World, looks_of, made, skewed, timed
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
    fits_up_to: int | None = None,
    joules: float | None = None,
    **fields: Any,
) -> World:
    """Targets as of `target_world`; a step by `fit` takes 1 ms and 10 µs an example, another loop's is so much faster.

    A size in `worse` ends that much below what the others end at; loops in `refused` are not timed. Nothing above
    `fits_up_to` fits; None: everything does. A second takes so many `joules`.
    """
    world = target_world(**fields)

    def answer(part: Part) -> Any:
        if isinstance(part, Fitting):
            return _fits(part, fits_up_to)
        if isinstance(part, Timing):
            return _timed(part, compiled_is, refused, joules)
        assert isinstance(part, Arm)
        followed = world(_as_whole(part))
        assert isinstance(followed, Followed)
        followed = replace(followed, steps=looks_of(part)[0])
        size = _as_whole(part).course.phases[0].batch_size
        less = (worse or {}).get(size, 0.0)
        # What seeds end at differs a little; by the same in all sizes, and some of their own.
        own = skewed(np.random.default_rng((17, size)), part.seeds, 0.001)
        return replace(followed, fresh_quality=tuple(0.85 - less + own))

    return answer


def _fits(part: Fitting, up_to: int | None) -> Fits:
    largest = part.maximum if up_to is None else up_to
    is_maximum = largest == part.maximum
    size = largest if is_maximum else int(largest * (1 - part.margin))
    return Fits(largest, is_maximum, size, part.trainings, part.trainings, 600 << 20, 8 << 30)


def _timed(part: Timing, compiled_is: float, refused: tuple[str, ...], joules: float | None) -> Timed:
    noise = skewed(np.random.default_rng(1), (len(part.loops) * len(part.batch_sizes), part.turns), 0.01)
    found = timed(part, lambda cell: _seconds(cell, compiled_is), noise=noise)
    records = [each for each in found.records if each.cell.loop not in refused]
    if joules is not None:
        records = [
            replace(each, instruments={"joules_per_epoch": tuple((joules * row[0],) for row in each.seconds_per_round)})
            for each in records
        ]
    # Another backend takes half of the time.
    others = [
        replace(
            each,
            cell=replace(each.cell, backend=backend),
            seconds_per_round=tuple(tuple(taken / 2 for taken in row) for row in each.seconds_per_round),
        )
        for backend in part.backends
        for each in records
    ]
    return replace(found, records=(*records, *others))


def _as_whole(arm: Arm) -> Arm:
    """Return the arm that micro-batches stand for."""
    (phase,) = arm.course.phases
    times = int(dict(arm.settings).get(ACCUMULATION, 1.0))
    whole = replace(phase, batch_size=phase.batch_size * times)
    return replace(arm, course=replace(arm.course, phases=(whole,)), settings=())


def _seconds(cell: Cell, compiled_is: float) -> float:
    steps = -(-500 // cell.batch_size)
    return steps * (1e-3 + 1e-5 * cell.batch_size) / (1 if cell.loop == FIT else compiled_is)


def choice_results(design: ChoiceDesign, world: World, *, is_surer: bool = False) -> Results:
    """Return what a laboratory would obtain, step by step; `is_surer`: with all that makes it surer."""
    found = made(design.parts, world)
    while parts := then(found, design) or (surer(found, design) if is_surer else ()):
        more = made(parts, world)
        found = replace(found, obtained={**found.obtained, **more.obtained}, missing={**found.missing, **more.missing})
    return found


def chosen(design: ChoiceDesign | None = None, *, is_surer: bool = False, **fields: Any) -> Choice:
    """Return what is chosen in such a world."""
    own = design or choice_design()
    return judge(choice_results(own, choice_world(**fields), is_surer=is_surer), own)
