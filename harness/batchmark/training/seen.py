"""What is seen of trainings along a course, look by look."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.course import Stretch
from batchmark.proofs import Proof
from batchmark.training.stacking import EpochMeans
from batchmark.training.subject import undefined_where_diverged
from batchmark.trainings import Curves, Followed


@dataclass
class Seen:
    """What was seen of some seeds, look by look; shapes (looks, 2, seeds)."""

    steps: list[int] = field(default_factory=list)
    examples: list[int] = field(default_factory=list)
    training: list[EpochMeans] = field(default_factory=list)
    validation: list[EpochMeans] = field(default_factory=list)
    observed: list[list[dict[str, float]]] = field(default_factory=list)
    """By look and seed."""
    fresh: EpochMeans = field(default_factory=lambda: np.zeros((2, 0), np.float32))


class Since:
    """Means over what was trained since the look before."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._sum: Any = 0.0
        self._examples = 0

    def add(self, stretch: Stretch, means: EpochMeans) -> None:
        """Take the means over a stretch."""
        self._sum = self._sum + means * (stretch.end - stretch.begin)
        self._examples += stretch.end - stretch.begin

    def taken(self) -> EpochMeans:
        """Return the means over all since, and begin anew."""
        means: EpochMeans = undefined_where_diverged(np.asarray(self._sum / self._examples, np.float32))
        self._sum, self._examples = 0.0, 0
        return means


def followed(seeds: Sequence[int], seen: list[Seen], *, method: str, seconds: float, proof: Proof | None) -> Followed:
    """Return what was `seen` of groups of `seeds`, one after the other."""
    training = np.concatenate([np.stack(part.training) for part in seen], axis=-1)
    validation = np.concatenate([np.stack(part.validation) for part in seen], axis=-1)
    fresh = np.concatenate([part.fresh for part in seen], axis=-1)
    looks = [[look for part in seen for look in part.observed[index]] for index in range(len(seen[0].steps))]
    names = sorted({name for look in looks for found in look for name in found})
    return Followed(
        seeds=tuple(seeds),
        steps=tuple(seen[0].steps),
        examples=tuple(seen[0].examples),
        training_loss=_curves(training[:, 0]),
        validation_loss=_curves(validation[:, 0]),
        validation_quality=_curves(validation[:, 1]),
        fresh_loss=_finite(fresh[0]),
        fresh_quality=_finite(fresh[1]),
        observed={
            name: tuple(tuple(look[index].get(name, float("nan")) for look in looks) for index in range(len(seeds)))
            for name in names
        },
        method=method,
        seconds=seconds,
        proof=proof,
    )


def _curves(values: NDArray[np.float32]) -> Curves:
    """Turn shape (looks, seeds) into one tuple a seed."""
    return tuple(map(_finite, values.T))


def _finite(values: NDArray[np.float32]) -> tuple[float, ...]:
    return tuple(np.where(np.isfinite(values), values, np.nan).astype(np.float64).tolist())
