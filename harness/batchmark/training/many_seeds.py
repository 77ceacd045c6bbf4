"""Training a workload over many seeds at one batch size, at once where the model allows it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.training.backend import the_backend
from batchmark.training.beside_fit import BesideFit
from batchmark.training.by_fit import FitTraining
from batchmark.training.data_order import Shuffled
from batchmark.training.handed_weights import read_weights, taken, write_weights
from batchmark.training.models import seeded_model
from batchmark.training.one_by_one import OneByOneTraining
from batchmark.training.proof import prove
from batchmark.training.restart_proof import prove_restarts
from batchmark.training.seed_after_seed import Prove, proven_loop
from batchmark.training.seed_memory import can_repeat, require_no_memory
from batchmark.training.single import Progress, Single
from batchmark.training.stacked_proof import prove_stacked
from batchmark.training.stacking import EpochMeans, NotStackableError, StackedTraining
from batchmark.training.state import is_float
from batchmark.training.subject import Subject, Weights, undefined_where_diverged
from batchmark.trainings import ALL_AT_ONCE, BY_FIT, Curves, Trainings, Way

_Means = tuple[EpochMeans, EpochMeans, EpochMeans]
_Epoch = tuple[EpochMeans, EpochMeans]


# Of a model whose own weights are not used.
_TEMPLATE_SEED = 0


class ManySeeds:
    """Trainings of one workload; keeps what batch sizes share: proofs, initial weights and compiled evaluations."""

    def __init__(self, beside: BesideFit, prove_loop: Prove | None = None) -> None:
        """Start with nothing trained. `prove_loop`: what keeps the proofs of loops; by default nothing.

        Raises WorkloadError: data that quality can't be judged on, or nothing to judge it by.
        """
        self._subject = subject = Subject(beside)
        self._beside = beside
        self._prove = prove_loop or (lambda name: prove(name, beside))
        self._workload = subject.workload
        self._quality = subject.quality
        self._train = subject.train
        self._tests = subject.tests
        self._evaluation: Any = None
        self._methods: dict[bool, Way] = {}

    def train(
        self,
        *,
        batch_size: int,
        learning_rate: float | None,
        seeds: Sequence[int],
        epochs: int,
        progress: Progress,
        one_by_one: bool = False,
        way: Way | None = None,
    ) -> Trainings:
        """Train from each of `seeds` for `epochs` epochs, in the fastest way that was proven to do ``fit``'s work.

        `one_by_one` leaves out training all seeds at once. `way`: as another worker found it with `way`.

        Raises WorkloadError, with the user's own line: the model can't be trained or evaluated.
        """

        def build(seed: int) -> Any:
            return seeded_model(self._workload, learning_rate=learning_rate, seed=seed)

        method = way or self.way(one_by_one=one_by_one)
        means: _Means | None = None
        if method.loop == ALL_AT_ONCE:
            try:
                means = self._stacked(build(seeds[0]), batch_size, seeds, epochs, progress)
            except Exception as error:  # noqa: BLE001  whatever compiling a user's model at this size may raise
                method = replace(self._one_by_one_method(), reason=f"{type(error).__name__} in stacking")
        if means is None:
            means = self._one_by_one(self._single(method, build, batch_size), seeds, epochs, progress)
        training, validation, fresh = map(undefined_where_diverged, means)
        return Trainings(
            workload=self._subject.name,
            batch_size=batch_size,
            learning_rate=learning_rate,
            seeds=tuple(seeds),
            training_loss=_curves(training[:, 0]),
            training_quality=_curves(training[:, 1]),
            validation_loss=_curves(validation[:, 0]),
            validation_quality=_curves(validation[:, 1]),
            fresh_loss=tuple(fresh[0].tolist()),
            fresh_quality=tuple(fresh[1].tolist()),
            method=method.told,
            proof=method.proof,
        )

    def hand_over(self, seeds: Sequence[int], path: Path) -> None:
        """Write the initial weights of `seeds` into a file, for another worker."""
        write_weights(path, {seed: self._subject.initial_weights(seed) for seed in seeds})

    def take_weights(self, path: Path) -> None:
        """Train from the initial weights in a file that `hand_over` wrote, from now on.

        Raises WorkloadError: they are of another model.
        """
        own: Weights = ()
        for seed, given in read_weights(path).items():
            # Drawing takes long, and only what isn't handed over differs from seed to seed.
            if not own or not all(map(is_float, own)):
                own = self._subject.initial_weights(seed)
            self._subject.begin_from(seed, taken(given, own, self._subject.line))

    def way(self, *, one_by_one: bool = False) -> Way:
        """Return how seeds are trained, found once.

        Raises WorkloadError, with the user's own line: the model can't be trained.
        """
        if one_by_one not in self._methods:
            # Whatever is wrong with the workload itself is told before anything is tried on it.
            self._beside.steps  # noqa: B018
            method = Way(ALL_AT_ONCE, "asked for") if one_by_one else self._stacked_method()
            if method.reason:
                method = replace(self._one_by_one_method(), reason=method.reason)
            self._methods[one_by_one] = method
        return self._methods[one_by_one]

    def _stacked_method(self) -> Way:
        """Return the method of all seeds at once, or why it isn't used."""
        reason = the_backend().stacking.why_not(self._template(), self._train.split)
        if reason:
            return Way(ALL_AT_ONCE, reason)
        try:
            proof = prove_stacked(self._beside, self._quality, self._tests[0])
        except NotStackableError as error:
            return Way(ALL_AT_ONCE, str(error))
        except Exception as error:  # noqa: BLE001  whatever tracing or compiling a user's model may raise
            return Way(ALL_AT_ONCE, f"{type(error).__name__} in stacking")
        return Way(ALL_AT_ONCE, f"many seeds at once do other work: {proof.reason}" if proof.is_refused else "", proof)

    def _one_by_one_method(self) -> Way:
        """Return the compiled loop that was proven to do the work, seed after seed in one model, or ``fit``."""
        found = proven_loop(self._beside, (self._prove, lambda loop: prove_restarts(loop, self._beside)))
        return Way(found[0], proof=found[1]) if found else Way(BY_FIT)

    def _template(self) -> Any:
        model = self._beside.short.model()
        the_backend().variables.trace(model, self._train, 1)
        return model

    def _stacked(self, model: Any, batch_size: int, seeds: Sequence[int], epochs: int, progress: Progress) -> _Means:
        backend = the_backend()
        backend.variables.trace(model, self._train, batch_size)
        if self._evaluation is None:
            self._evaluation = backend.stacking.evaluation(model, self._quality, *self._tests)
        stacked = backend.stacking.training(
            model,
            self._quality,
            self._train,
            self._evaluation,
            batch_size=batch_size,
            weights=[self._subject.initial_weights(seed) for seed in seeds],
            orders=[Shuffled(self._train.examples, seed) for seed in seeds],
        )
        both = np.array(list(_epochs(stacked, epochs, progress)))
        return both[:, 0], both[:, 1], stacked.evaluate_fresh()

    def _one_by_one(self, single: Single, seeds: Sequence[int], epochs: int, progress: Progress) -> _Means:
        with self._beside.short.blamed():
            curves = [
                single.train(seed, self._subject.initial_weights(seed), epochs, _part_of(progress, index, len(seeds)))
                for index, seed in enumerate(seeds)
            ]
            if len(seeds) > 1 and can_repeat(self._beside):
                again = single.train(seeds[0], self._subject.initial_weights(seeds[0]), epochs, _untold)
                require_no_memory(self._beside.short, seeds[0], curves[0], again)
        training, validation = (
            np.stack([getattr(curve, name) for curve in curves], axis=-1) for name in ("training", "validation")
        )
        return training, validation, np.stack([curve.fresh for curve in curves], axis=-1)

    def _single(self, method: Way, build: Callable[[int], Any], batch_size: int) -> Single:
        if method.loop == BY_FIT:
            return FitTraining(build, self._quality, self._train, *self._subject.evaluated, batch_size=batch_size)
        model = build(_TEMPLATE_SEED)
        return OneByOneTraining(
            model, self._quality, self._train, *self._subject.evaluated, batch_size=batch_size, loop=method.loop
        )


def _epochs(training: StackedTraining, epochs: int, progress: Progress) -> Iterator[_Epoch]:
    for epoch in range(epochs):
        yield training.run_epoch(), training.validate()
        progress((epoch + 1) / epochs)


def _untold(_: float) -> None:
    """Say nothing of work that isn't part of what was asked for."""


def _part_of(progress: Progress, index: int, parts: int) -> Progress:
    return lambda share: progress((index + share) / parts)


def _curves(values: NDArray[np.float32]) -> Curves:
    """Turn shape (epochs, seeds) into one tuple per seed."""
    return tuple(tuple(curve) for curve in values.T.tolist())
