"""Records with known truth: what the statistics are held against."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.records import Cell, CellRecord
from batchmark.trainings import Trainings

GRID = (1, 2, 4, 8, 16, 31, 32, 33, 50, 63, 64, 65, 100, 127, 128, 129, 200, 255, 256, 257, 500)
EXAMPLES = 500
OVERHEAD = 1e-3
COST = 2e-6

Noise = Callable[[np.random.Generator, tuple[int, int]], NDArray[np.float64]]
"""Takes a generator and a shape (cells, turns); returns logarithms to add."""


def steps_of(batch_size: int, examples: int = EXAMPLES) -> int:
    return -(-examples // batch_size)


def gaussian(relative: float) -> Noise:
    return lambda generator, shape: generator.normal(0.0, relative, shape)


def trainings_of(seeds: Sequence[int], quality: Sequence[float], **fields: Any) -> Trainings:
    """Return trainings of these seeds that end in this quality; `fields` replace what is made up."""
    curves = tuple((value,) for value in quality)
    made_up: dict[str, Any] = {
        "workload": "mine",
        "batch_size": 32,
        "learning_rate": 0.01,
        "seeds": tuple(seeds),
        "training_loss": curves,
        "training_quality": curves,
        "validation_loss": curves,
        "validation_quality": curves,
        "fresh_loss": tuple(quality),
        "fresh_quality": tuple(quality),
        "method": "stacked",
    }
    return Trainings(**{**made_up, **fields})


def record_of(batch_size: int, turns: Sequence[Sequence[float]], **fields: Any) -> CellRecord:
    """Return a record with these rounds by turn; `fields` replace what is made up."""
    made_up: dict[str, Any] = {
        "cell": Cell("blobs", batch_size, fields.pop("loop", "fit")),
        "workload_version": 1,
        "compilation": "fit",
        "examples": EXAMPLES,
        "steps_per_epoch": steps_of(batch_size),
        "first_epoch_seconds": 1.25,
        "seconds_per_round": tuple(tuple(turn) for turn in turns),
        "learning_rate": 0.01,
        "seed": 0,
    }
    return CellRecord(**(made_up | fields))


def sweep_of(
    generator: np.random.Generator,
    *,
    noise: Noise,
    turns: int = 12,
    sizes: Sequence[int] = GRID,
    effects: Mapping[int, float] | None = None,
    drift: Sequence[float] | None = None,
    **fields: Any,
) -> list[CellRecord]:
    """Return a sweep on the curve, one round a turn, times `effects` by size, times `drift` by turn, times noise."""
    curve = np.array([OVERHEAD * steps_of(size) + COST * EXAMPLES for size in sizes])
    effect = np.array([(effects or {}).get(size, 1.0) for size in sizes])
    common = np.ones(turns) if drift is None else np.asarray(drift)
    seconds = (curve * effect)[:, None] * common * np.exp(noise(generator, (len(sizes), turns)))
    return [record_of(size, [[value] for value in row], **fields) for size, row in zip(sizes, seconds, strict=True)]
