"""What trainings came to, as arrays by seed in which NaN stands for a training that diverged."""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.intervals import median_interval
from batchmark.analysis.paired import worst_if_diverged
from batchmark.studies.claims.claim import Line
from batchmark.studies.laboratory.parts import Arm, Tuned
from batchmark.studies.laboratory.results import Results
from batchmark.trainings import Followed


def trainings_of(results: Results, part: Arm | Tuned) -> Followed:
    """Return the trainings that are judged of a part. Raises MissingPartError."""
    return results.of_tuned(part).followed if isinstance(part, Tuned) else results.of(part)


def fresh_quality(followed: Followed) -> NDArray[np.float64]:
    """Return the quality at the end by seed; NaN where the loss or the quality is not a finite number."""
    quality, loss = np.array(followed.fresh_quality, float), np.array(followed.fresh_loss, float)
    return np.where(np.isfinite(quality) & np.isfinite(loss), quality, np.nan)


def diverged(trainings: Iterable[Followed]) -> int:
    """Return how many trainings diverged, of several arms."""
    return sum(int(np.isnan(fresh_quality(each)).sum()) for each in trainings)


def tuning_notes(results: Results, parts: Mapping[str, Sequence[Tuned]]) -> tuple[str, ...]:
    """Return a line for each name: which rates were found, and which lie at the edge of what was tried."""
    notes = []
    for name, tuned in parts.items():
        found = [(part, results.of_tuned(part)) for part in tuned]
        rates = [f"{_rate(part, chosen.factor):.3g} at {_size(part)}" for part, chosen in found]
        edges = [str(_size(part)) for part, chosen in found if chosen.is_at_edge]
        edge = f"; the edge of what was tried at {', '.join(edges)}" if edges else ""
        notes.append(f"Tuned rates, {name}: {', '.join(rates)}{edge}.")
    return tuple(notes)


def curve(name: str, places: Sequence[float], values: Sequence[NDArray[np.float64]]) -> Line:
    """Return the median over seeds at each place with its interval; a diverged seed ranks worst.

    Places whose median isn't finite, or has no interval, are left out of the picture.
    """
    points = []
    for place, by_seed in zip(places, values, strict=True):
        found = median_interval(worst_if_diverged(by_seed, higher_is_better=True))
        ends = (found.value, found.low, found.high)
        if all(end is not None and math.isfinite(end) for end in ends):
            points.append((float(place), *(float(end or 0.0) for end in ends)))
    x, y, low, high = zip(*points, strict=True) if points else ((), (), (), ())
    return Line(name, x, y, low, high)


def _size(part: Tuned) -> int:
    return part.arm.course.phases[0].batch_size


def _rate(part: Tuned, factor: float) -> float:
    return (part.at(factor).course.phases[0].learning_rate) or math.nan
