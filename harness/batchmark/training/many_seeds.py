"""Training a workload over many seeds at one batch size, at once where the model allows it."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from batchmark.training.models import initial_weights, seeded_model
from batchmark.training.one_by_one import OneByOneTraining
from batchmark.training.stacked import EpochMeans, StackedTraining, why_not_stackable
from batchmark.trainings import Curves, Trainings
from batchmark.workloads import Data, Workload

Progress = Callable[[float], None]
"""Called with the share done, 0 to 1."""

Seeded = dict[int, tuple[NDArray[np.float32], ...]]
"""Initial weights by seed; shared between batch sizes."""


def train_seeds(
    workload: Workload,
    data: Data,
    *,
    batch_size: int,
    learning_rate: float,
    seeds: Sequence[int],
    epochs: int,
    weights: Seeded,
    progress: Progress,
    one_by_one: bool = False,
) -> Trainings:
    """Train `workload` from each of `seeds` for `epochs` epochs; `weights` is filled with what is missing.

    `one_by_one` takes the fallback even where all seeds can be trained at once.
    """
    for seed in seeds:
        if seed not in weights:
            weights[seed] = initial_weights(workload, seed=seed)
    model = seeded_model(workload, learning_rate=learning_rate, seed=seeds[0])
    chosen = [weights[seed] for seed in seeds]
    if one_by_one or why_not_stackable(model):
        single = OneByOneTraining(model, workload, data, batch_size=batch_size, xla=True)
        parts = []
        for index, (seed, start) in enumerate(zip(seeds, chosen, strict=True)):
            single.start(start, seed)
            parts.append(_run(single, epochs, _part_of(progress, index, len(seeds))))
        training, validation, fresh = (np.concatenate(part, axis=-1) for part in zip(*parts, strict=True))
    else:
        stacked = StackedTraining(model, workload, data, batch_size=batch_size, weights=chosen, seeds=seeds)
        training, validation, fresh = _run(stacked, epochs, progress)
    return Trainings(
        workload=workload.name,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seeds=tuple(seeds),
        training_loss=_curves(training[:, 0]),
        training_quality=_curves(training[:, 1]),
        validation_loss=_curves(validation[:, 0]),
        validation_quality=_curves(validation[:, 1]),
        fresh_loss=tuple(fresh[0].tolist()),
        fresh_quality=tuple(fresh[1].tolist()),
        method="one by one" if one_by_one or why_not_stackable(model) else "stacked",
    )


def _run(
    training: StackedTraining | OneByOneTraining, epochs: int, progress: Progress
) -> tuple[EpochMeans, EpochMeans, EpochMeans]:
    """Return the epochs' running means and validations, shape (epochs, 2, seeds), and the fresh ones, (2, seeds)."""
    both = np.array(list(_epochs(training, epochs, progress)))
    return (
        _undefined_where_diverged(both[:, 0]),
        _undefined_where_diverged(both[:, 1]),
        _undefined_where_diverged(training.evaluate_fresh()),
    )


def _undefined_where_diverged(means: EpochMeans) -> EpochMeans:
    """Return loss and quality, on the axis before the last, without the quality of predictions that are not numbers.

    A diverged model's predictions have a largest class all the same, and so an accuracy.
    """
    loss, quality = means[..., 0, :], means[..., 1, :]
    return np.stack([loss, np.where(np.isfinite(loss), quality, np.nan)], axis=-2)


def _epochs(
    training: StackedTraining | OneByOneTraining, epochs: int, progress: Progress
) -> Iterator[tuple[EpochMeans, EpochMeans]]:
    for epoch in range(epochs):
        yield training.run_epoch(), training.validate()
        progress((epoch + 1) / epochs)


def _part_of(progress: Progress, index: int, parts: int) -> Progress:
    return lambda share: progress((index + share) / parts)


def _curves(values: NDArray[np.float32]) -> Curves:
    """Turn shape (epochs, seeds) into one tuple per seed."""
    return tuple(tuple(curve) for curve in values.T.tolist())
