"""Made-up worlds for what is asked of batch sizes: qualities that differ by them, and targets that take a while."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.studies.claims.by_budget import Budget
from batchmark.studies.laboratory.parts import Arm, Part, Timing
from batchmark.studies.laboratory.results import Results
from batchmark.studies.questions.quality_across import QualityDesign
from batchmark.studies.questions.rules_of_rates import Rule
from batchmark.studies.questions.target_across import TargetDesign, then
from claim_results_made import World, arm_of, followed, looks_of, made, skewed, timed, trained
from questions_asked import DESCRIBED

BALANCE, FEWEST_STEPS = 64.0, 40.0
"""Of the made trade-off: the critical batch size is 16 examples."""
TARGET = 0.8


def quality_design(**fields: Any) -> QualityDesign:
    """Return a design; `fields` replace what is made up."""
    made_up: dict[str, Any] = {
        "workload": DESCRIBED,
        "batch_sizes": (8, 32, 128),
        "seeds": 20,
        "epochs": 20,
        "budgets": (Budget.EPOCHS,),
        "rates": (Rule.FIXED,),
    }
    return QualityDesign(**(made_up | fields))


def quality_world(
    gains: Mapping[int, float] | None = None, *, spread: float = 0.002, diverged: Mapping[int, int] | None = None
) -> World:
    """Qualities that differ from the reference's by so much at a size, with seeds' own noise on top of what all share.

    Of a size in `diverged` so many of the first seeds diverge.
    """

    def answer(part: Part) -> object:
        arm = arm_of(part)
        size = arm.course.phases[0].batch_size
        shared = skewed(np.random.default_rng(3), arm.seeds, 0.01)
        own = skewed(np.random.default_rng((5, size, arm.course.epochs)), arm.seeds, spread)
        quality = 0.8 + shared + own + (gains or {}).get(size, 0.0)
        quality[: (diverged or {}).get(size, 0)] = np.nan
        return trained(part, quality)

    return answer  # type: ignore[return-value]  # trainings


def target_design(**fields: Any) -> TargetDesign:
    """Return a design; `fields` replace what is made up."""
    made_up: dict[str, Any] = {
        "workload": DESCRIBED,
        "batch_sizes": (8, 32, 64, 128),
        "target": TARGET,
        "is_quality": True,
        "seeds": 12,
        "tuning_seeds": 5,
        "epochs": 80,
    }
    return TargetDesign(**(made_up | fields))


def updates_needed(size: int) -> float:
    """Return the updates that the made trade-off takes."""
    return FEWEST_STEPS * (1 + BALANCE / size)


def target_world(
    *,
    best: Mapping[int, float] | None = None,
    spread: float = 0.05,
    censored: Mapping[int, int] | None = None,
    diverged: Mapping[int, int] | None = None,
    curve: tuple[float, float] = (0.5, TARGET + 0.05),
    draw: int = 7,
    apart: float = 0.0,
) -> World:
    """Trainings that reach the target after as many updates as the made trade-off takes, at their best rate.

    That is the workload's, as it follows the square root of the size, or the one in `best`; any other takes longer.
    `curve`: what stands before the target is reached, and from then on; `draw`: which noise seeds have, the same at
    every size and rate; `apart`: how much each size and rate has of its own beside.

    Of a size in `censored` so many of the first seeds of any training stay below, of one in `diverged` they diverge
    after half of the looks.
    """

    def answer(part: Part) -> object:
        if isinstance(part, Timing):
            # A step is 1 ms, and 10 µs an example.
            noise = skewed(np.random.default_rng(1), (len(part.batch_sizes), part.turns), 0.01)
            seconds = {size: -(-500 // size) * (1e-3 + 1e-5 * size) for size in part.batch_sizes}
            return timed(part, lambda cell: seconds[cell.batch_size], noise=noise)
        assert isinstance(part, Arm)
        size = part.course.phases[0].batch_size
        rate = part.course.phases[0].learning_rate or 0.01
        off = rate / (best or {}).get(size, 0.01 * np.sqrt(size / 32))
        noise = skewed(np.random.default_rng((draw, part.first_seed)), part.seeds, spread)
        own = skewed(np.random.default_rng((draw, part.first_seed, size, int(1e6 * rate))), part.seeds, apart)
        needed = updates_needed(size) * (1 + noise) * (1 + abs(np.log2(off))) * np.exp(own)
        needed[: (censored or {}).get(size, 0)] = np.inf
        lost = np.arange(part.seeds) < (diverged or {}).get(size, 0)
        steps, _ = looks_of(part)

        def at(look: int) -> NDArray[np.float64]:
            found = np.where(steps[look] >= needed, curve[1], curve[0] + 0.1 * look / len(steps))
            return np.where(lost & (look >= len(steps) // 2), np.nan, found)

        def loss(look: int) -> NDArray[np.float64]:
            return 1 - at(look)

        end = at(len(steps) - 1)
        return followed(part, end, loss=1 - end, validation_quality=at, validation_loss=loss)

    return answer  # type: ignore[return-value]  # trainings and times


def target_results(design: TargetDesign, world: World) -> Results:
    """Return what a laboratory would obtain in two goes: the grid, and then the best rates."""
    first = made(design.parts, world)
    more = made(then(first, design), world)
    return replace(first, obtained={**first.obtained, **more.obtained}, missing={**first.missing, **more.missing})
