"""That many seeds at once train and are evaluated as each by ``fit`` and ``evaluate``, shown on the model itself."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.proofs import Outcome, Proof
from batchmark.training.backend import the_backend
from batchmark.training.beside_fit import BesideFit
from batchmark.training.data_order import DataOrder, InOrder, Permutation
from batchmark.training.difference import Difference, Steps, difference
from batchmark.training.evaluation import EVALUATED_AT_ONCE, AsGiven, evaluate
from batchmark.training.examples import InMemory
from batchmark.training.excerpt import Excerpt
from batchmark.training.halfway import ChangingFit, Halfway, halved
from batchmark.training.models import current_learning_rate
from batchmark.training.proof import HARDLY_MOVES
from batchmark.training.short_training import MakeLoop, by_fit
from batchmark.training.single import means_of
from batchmark.training.stacking import EpochMeans
from batchmark.training.state import Kind
from batchmark.workloads import Split
from batchmark.workloads.quality import Quality

# The loss is a mean over hundreds of examples, and one of them may be counted otherwise by a rounding.
_EVALUATED_WITHIN = 5e-3
# More than a batch of an evaluation, and no multiple of it.
_EVALUATED = EVALUATED_AT_ONCE + EVALUATED_AT_ONCE // 2


def prove_stacked(beside: BesideFit, quality: Quality, validation: Split) -> Proof:
    """Train two seeds at once, in orders of their own, and each by ``fit``; compare state, logs and evaluations.

    `quality` and `validation` are what the workload is judged by. Raises whatever stacking a model raises.
    """
    return _proof(beside, lambda: _Pair(beside, quality, validation))


def prove_along(beside: BesideFit, quality: Quality, validation: Split) -> Proof:
    """Do the same along a course: another batch size and learning rate in the second epoch.

    In a compiled training that trained other seeds before and was begun again.
    """
    return _proof(beside, lambda: _Pair(beside, quality, validation, halved(beside)))


def _proof(beside: BesideFit, make_pair: "Callable[[], _Pair]") -> Proof:
    if not beside.can_tell:
        return Proof(Outcome.OTHER_WORK, beside.short.excerpt.steps, reason=HARDLY_MOVES)
    pair = make_pair()
    found = [pair.difference(index) for index in (0, 1)]
    worst = max(found, key=lambda each: (bool(each.what), each.largest or 0.0))
    # Not judged as a loop is: here no random number is held.
    differs = worst.what or pair.evaluated_otherwise()
    outcome = Outcome.OTHER_WORK if differs else Outcome.PROVEN
    return Proof(outcome, beside.short.excerpt.steps, worst.largest, differs)


class _Pair:
    """Two seeds, trained at once and by ``fit``."""

    def __init__(
        self,
        beside: BesideFit,
        quality: Quality,
        validation: Split,
        halfway: Halfway | None = None,
    ) -> None:
        short, excerpt = beside.short, beside.short.excerpt
        assert isinstance(excerpt.data, InMemory)  # noqa: S101  quality is judged on arrays
        self._beside = beside
        self._quality = quality
        self._batch_size = excerpt.batch_size
        turned = np.roll(np.arange(excerpt.data.examples, dtype=np.int32), excerpt.data.examples // 3)
        self._orders = np.stack([np.arange(excerpt.data.examples, dtype=np.int32), turned])
        other = Excerpt(excerpt.data.at(turned), excerpt.batch_size, excerpt.steps)
        make_loop: MakeLoop = partial(ChangingFit, halfway) if halfway else by_fit
        first = short.train(make_loop) if halfway else beside.steps
        self.fit = (first, short.train(make_loop, excerpt=other, seed=short.seed + 1))
        template = short.model()
        # Its metrics exist from here on.
        short.traced(template)
        tests = InMemory(validation)
        self._tests = tests.at(range(min(_EVALUATED, tests.examples))).split
        self._model = template
        stacking = the_backend().stacking
        weights = [self._trainable(steps.entries, steps.start) for steps in self.fit]
        self.stacked = stacking.training(
            template,
            quality,
            excerpt.data,
            stacking.evaluation(template, quality, self._tests, self._tests),
            batch_size=excerpt.batch_size,
            weights=weights[::-1] if halfway else weights,
            orders=[InOrder(excerpt.data.examples), _Given(turned)],
        )
        settable = hasattr(template.optimizer.learning_rate, "assign")
        rate = current_learning_rate(template) if settable else None
        if halfway:
            self._train_through(halfway, rate)
            self.stacked.restart(weights)
            if rate is not None:
                self.stacked.set_learning_rate(rate)
        self._means = self._train_through(halfway, rate)

    def _train_through(self, halfway: Halfway | None, rate: float | None) -> list[EpochMeans]:
        """Train one epoch as batches of this size are trained, and the other as small ones are."""
        means = [self.stacked.run_epoch()]
        if halfway and rate is not None:
            self.stacked.set_learning_rate(rate * halfway.factor)
        size = halfway.batch_size if halfway else self._batch_size
        return [*means, self.stacked.train_on(self._orders, size, as_small=True)]

    def difference(self, index: int) -> Difference:
        """Return how far the seed ended from ``fit``."""
        fit = self.fit[index]
        # Of the logs the two that many seeds give are compared, as ``fit`` gave them.
        ours = tuple({"loss": means[0, index], "quality": means[1, index]} for means in self._means)
        theirs = tuple(self._two_of(log) for log in fit.logs)
        noise = replace(self._beside.noise, of_logs=tuple(map(self._noise_of_two, self._beside.noise.of_logs)))
        stacked = replace(fit, end=self._as_single(index, fit), logs=ours)
        # What rounding does to the first seed it does to the second.
        return difference(replace(fit, logs=theirs), stacked, noise, bound=self._beside.bound)

    def evaluated_otherwise(self) -> str:
        """Return what ``evaluate`` says otherwise than the stack does of the same weights; empty: nothing."""
        ours = self.stacked.validate()
        for index in (0, 1):
            the_backend().variables.set_weights(self._model, self.stacked.weights(index))
            theirs = evaluate(self._model, AsGiven(self._tests), self._quality)
            for name, mine, right in zip(("loss", self._quality.name), ours[:, index], theirs, strict=True):
                if abs(mine - right) > _EVALUATED_WITHIN * max(abs(mine), abs(right), 1e-6):
                    return f"{name} is evaluated as {mine:.6g}, and by evaluate as {right:.6g}"
        return ""

    def _two_of(self, log: Mapping[str, Any]) -> dict[str, float]:
        loss, found = means_of(log, self._quality)
        return {"loss": float(loss), "quality": float(found)}

    def _noise_of_two(self, log: Mapping[str, float]) -> dict[str, float]:
        return {name: abs(value) for name, value in self._two_of(log).items()}

    def _as_single(self, index: int, fit: Steps) -> tuple[NDArray[Any], ...]:
        """Return the stack's state of one seed in the order of ``fit``'s entries."""
        weights = iter(self.stacked.weights(index))
        optimizer = iter(self.stacked.optimizer_state(index))
        return tuple(
            next(weights) if entry.is_models_own else next(optimizer) if entry.kind is Kind.OPTIMIZER else value
            for entry, value in zip(fit.entries, fit.end, strict=True)
        )

    def _trainable(self, entries: Any, values: Any) -> list[NDArray[Any]]:
        return [value for entry, value in zip(entries, values, strict=True) if entry.is_models_own]


class _Given(DataOrder):
    def __init__(self, order: Permutation) -> None:
        self._order = order

    def next_epoch(self) -> Permutation:
        return self._order
