"""Training a workload over many seeds at one batch size, at once where the model allows it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.errors import WorkloadError
from batchmark.training.examples import InMemory
from batchmark.training.loading import Loaded
from batchmark.training.models import initial_weights, seeded_model
from batchmark.training.one_by_one import OneByOneTraining
from batchmark.training.stacked import (
    EpochMeans,
    NotStackableError,
    StackedEvaluation,
    StackedTraining,
    why_not_stackable,
)
from batchmark.trainings import Curves, Trainings
from batchmark.workloads.users_code import line_of

Progress = Callable[[float], None]
"""Called with the share done, 0 to 1."""

_Means = tuple[EpochMeans, EpochMeans, EpochMeans]
_Epoch = tuple[EpochMeans, EpochMeans]


class ManySeeds:
    """Trainings of one workload; keeps what batch sizes share: initial weights and compiled evaluations."""

    def __init__(self, loaded: Loaded) -> None:
        """Start with nothing trained.

        Raises WorkloadError: data that quality can't be judged on.
        """
        if loaded.validation is None or loaded.fresh is None or not isinstance(loaded.train, InMemory):
            message = (
                f"{line_of(loaded.workload.load_data)}: quality is judged on test data in memory; "
                "return Data(train=(x, y), validation=(x, y))"
            )
            raise WorkloadError(message)
        self._workload = loaded.workload
        self._name = loaded.description.name
        self._train = loaded.train
        self._tests = (loaded.validation, loaded.fresh)
        self._initial_weights: dict[int, tuple[NDArray[np.float32], ...]] = {}
        self._evaluation: StackedEvaluation | None = None

    def train(
        self,
        *,
        batch_size: int,
        learning_rate: float | None,
        seeds: Sequence[int],
        epochs: int,
        progress: Progress,
        one_by_one: bool = False,
    ) -> Trainings:
        """Train from each of `seeds` for `epochs` epochs.

        `one_by_one` takes the fallback even where all seeds can be trained at once.
        """

        def build() -> Any:
            return seeded_model(self._workload, learning_rate=learning_rate, seed=seeds[0])

        model = build()
        method = "stacked"
        reason = "asked for" if one_by_one else why_not_stackable(model, self._train.split)
        if reason is None:
            try:
                first, rest, stacked = self._stacked(model, batch_size, seeds, epochs, progress)
            except Exception as error:  # noqa: BLE001  whatever tracing or compiling a user's model may raise
                reason = str(error) if isinstance(error, NotStackableError) else f"{type(error).__name__} in stacking"
            else:
                training, validation, fresh = _means(stacked, [first, *rest])
        if reason is not None:
            method = f"one by one: {reason}"
            training, validation, fresh = self._one_by_one(build, batch_size, seeds, epochs, progress)
        return Trainings(
            workload=self._name,
            batch_size=batch_size,
            learning_rate=learning_rate,
            seeds=tuple(seeds),
            training_loss=_curves(training[:, 0]),
            training_quality=_curves(training[:, 1]),
            validation_loss=_curves(validation[:, 0]),
            validation_quality=_curves(validation[:, 1]),
            fresh_loss=tuple(fresh[0].tolist()),
            fresh_quality=tuple(fresh[1].tolist()),
            method=method,
        )

    def _stacked(
        self, model: Any, batch_size: int, seeds: Sequence[int], epochs: int, progress: Progress
    ) -> tuple[_Epoch, Iterator[_Epoch], StackedTraining]:
        """Train the first epoch, which compiles; return it, the epochs that follow, and what trains them."""
        if self._evaluation is None:
            self._evaluation = StackedEvaluation(model, self._workload, *self._tests)
        stacked = StackedTraining(
            model,
            self._workload,
            self._train,
            self._evaluation,
            batch_size=batch_size,
            weights=[self._weights_of(seed) for seed in seeds],
            seeds=seeds,
        )
        both = _epochs(stacked, epochs, progress)
        return next(both), both, stacked

    def _one_by_one(
        self, build: Callable[[], Any], batch_size: int, seeds: Sequence[int], epochs: int, progress: Progress
    ) -> _Means:
        def one_by_one(*, xla: bool) -> OneByOneTraining:
            return OneByOneTraining(build(), self._workload, self._train, *self._tests, batch_size=batch_size, xla=xla)

        single = one_by_one(xla=True)
        try:
            single.start(self._weights_of(seeds[0]), seeds[0])
            single.run_epoch()
        except Exception:  # noqa: BLE001  XLA refuses a model in many ways; what is wrong with it, a graph refuses too
            single = one_by_one(xla=False)
        parts = []
        for index, seed in enumerate(seeds):
            single.start(self._weights_of(seed), seed)
            parts.append(_means(single, list(_epochs(single, epochs, _part_of(progress, index, len(seeds))))))
        training, validation, fresh = (np.concatenate(part, axis=-1) for part in zip(*parts, strict=True))
        return training, validation, fresh

    def _weights_of(self, seed: int) -> tuple[NDArray[np.float32], ...]:
        if seed not in self._initial_weights:
            self._initial_weights[seed] = initial_weights(self._workload, self._train, seed=seed)
        return self._initial_weights[seed]


def _means(training: StackedTraining | OneByOneTraining, epochs: Sequence[_Epoch]) -> _Means:
    """Return the epochs' running means and validations, shape (epochs, 2, seeds), and the fresh ones, (2, seeds)."""
    both = np.array(epochs)
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


def _epochs(training: StackedTraining | OneByOneTraining, epochs: int, progress: Progress) -> Iterator[_Epoch]:
    for epoch in range(epochs):
        yield training.run_epoch(), training.validate()
        progress((epoch + 1) / epochs)


def _part_of(progress: Progress, index: int, parts: int) -> Progress:
    return lambda share: progress((index + share) / parts)


def _curves(values: NDArray[np.float32]) -> Curves:
    """Turn shape (epochs, seeds) into one tuple per seed."""
    return tuple(tuple(curve) for curve in values.T.tolist())
