"""That one model can train seed after seed: begun again from another seed, it ends where that seed's own model does."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import numpy as np

from batchmark.proofs import Outcome, Proof
from batchmark.training.backend import the_backend
from batchmark.training.beside_fit import BesideFit
from batchmark.training.data_order import InOrder
from batchmark.training.difference import Difference, Steps
from batchmark.training.excerpt import EPOCHS, Excerpt
from batchmark.training.halfway import ChangingFit, Halfway, change_rate, halved
from batchmark.training.keras_versions import seed_everything
from batchmark.training.loop import RestartableLoop
from batchmark.training.models import initial_weights
from batchmark.training.proof import judged
from batchmark.training.short_training import MakeLoop, by_fit


def prove_restarts(name: str, beside: BesideFit) -> Proof:
    """Train two seeds and the first one again in the first one's model, by the compiled loop called `name`; compare.

    The second seed's training is held against ``fit`` in a model of its own: what a model draws while it is built, and
    keeps outside of its variables, is the first one's here. The repetition has to end where the first time did: random
    numbers that go on from seed to seed make a seed's result depend on those before it.

    Raises whatever a model that can't be compiled raises.
    """
    return _proof(beside, _InOneModel(name, beside))


def prove_restarts_along(name: str, beside: BesideFit) -> Proof:
    """Do the same, with another batch size and learning rate in the second epoch: as along a course."""
    return _proof(beside, _InOneModel(name, beside, halved(beside)))


def _proof(beside: BesideFit, seeds: "_InOneModel") -> Proof:
    first, second, again = seeds.train()
    repeated = beside.compared(first, again)
    if repeated.what:
        reason = f"begun again from the same seed in the same model, {repeated.what}"
        return Proof(Outcome.OTHER_WORK, beside.short.excerpt.steps, repeated.largest, reason)
    return judged(beside, beside.compared(seeds.by_fit(), second), seeds.with_random_numbers_held)


class _InOneModel:
    def __init__(self, name: str, beside: BesideFit, halfway: Halfway | None = None) -> None:
        self._halfway = halfway
        self._make_loop = the_backend().compiled_loops[name]
        self._beside = beside
        self._seeds = (beside.short.seed, beside.short.seed + 1)

    def train(self, within: AbstractContextManager[None] | None = None) -> tuple[Steps, Steps, Steps]:
        """Train the first seed, the second and the first again."""
        short, excerpt = self._beside.short, self._beside.short.excerpt
        model = short.model()
        state = short.state_of(model)
        seed_everything(short.seed)
        order = InOrder(excerpt.data.examples)
        with within or nullcontext():
            loop = self._make_loop(model, excerpt.data, batch_size=excerpt.batch_size, order=order)

            def train(seed: int) -> Steps:
                loop.restart(self._weights(seed), order)
                start = state.read()
                logs = tuple(self._logs(loop, excerpt))
                return Steps(state.entries, start, start, state.read(), logs, excerpt.data.examples)

            return train(self._seeds[0]), train(self._seeds[1]), train(self._seeds[0])

    def _logs(self, loop: RestartableLoop, excerpt: Excerpt) -> Sequence[Mapping[str, Any]]:
        if self._halfway is None:
            return loop.run(EPOCHS).logs
        first = loop.run_epoch()
        change_rate(loop.model, self._halfway)
        order = np.arange(excerpt.data.examples, dtype=np.int32)
        second = loop.train_on(order, self._halfway.batch_size)
        loop.end()
        return (first, second)

    def by_fit(self, within: AbstractContextManager[None] | None = None) -> Steps:
        """Train the second seed by ``fit``, in a model of its own."""
        make_loop: MakeLoop = partial(ChangingFit, self._halfway) if self._halfway else by_fit
        return self._beside.short.train(make_loop, within=within, seed=self._seeds[1])

    def with_random_numbers_held(self) -> Difference:
        """Return how far the second seed ended from ``fit``, with every random number held on both sides."""
        held = the_backend().randomness.held
        _, second, _ = self.train(held())
        return self._beside.compared(self.by_fit(held()), second)

    def _weights(self, seed: int) -> tuple[Any, ...]:
        loaded = self._beside.short.loaded
        return initial_weights(loaded.workload, loaded.train, seed=seed)
