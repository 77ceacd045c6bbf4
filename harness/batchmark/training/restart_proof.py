"""That one model can train seed after seed: begun again from another seed, it ends where that seed's own model does."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from batchmark.proofs import Outcome, Proof
from batchmark.training.backend import the_backend
from batchmark.training.beside_fit import BesideFit
from batchmark.training.data_order import InOrder
from batchmark.training.difference import Difference, Steps
from batchmark.training.excerpt import EPOCHS
from batchmark.training.keras_versions import seed_everything
from batchmark.training.models import initial_weights
from batchmark.training.proof import judged
from batchmark.training.short_training import by_fit


def prove_restarts(name: str, beside: BesideFit) -> Proof:
    """Train two seeds and the first one again in the first one's model, by the compiled loop called `name`; compare.

    The second seed's training is held against ``fit`` in a model of its own: what a model draws while it is built, and
    keeps outside of its variables, is the first one's here. The repetition has to end where the first time did: random
    numbers that go on from seed to seed make a seed's result depend on those before it.

    Raises whatever a model that can't be compiled raises.
    """
    seeds = _InOneModel(name, beside)
    first, second, again = seeds.train()
    repeated = beside.compared(first, again)
    if repeated.what:
        reason = f"begun again from the same seed in the same model, {repeated.what}"
        return Proof(Outcome.OTHER_WORK, beside.short.excerpt.steps, repeated.largest, reason)
    return judged(beside, beside.compared(seeds.by_fit(), second), seeds.with_random_numbers_held)


class _InOneModel:
    def __init__(self, name: str, beside: BesideFit) -> None:
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
                logs = tuple(loop.run(EPOCHS).logs)
                return Steps(state.entries, start, start, state.read(), logs, excerpt.data.examples)

            return train(self._seeds[0]), train(self._seeds[1]), train(self._seeds[0])

    def by_fit(self, within: AbstractContextManager[None] | None = None) -> Steps:
        """Train the second seed by ``fit``, in a model of its own."""
        return self._beside.short.train(by_fit, within=within, seed=self._seeds[1])

    def with_random_numbers_held(self) -> Difference:
        """Return how far the second seed ended from ``fit``, with every random number held on both sides."""
        held = the_backend().randomness.held
        _, second, _ = self.train(held())
        return self._beside.compared(self.by_fit(held()), second)

    def _weights(self, seed: int) -> tuple[Any, ...]:
        loaded = self._beside.short.loaded
        return initial_weights(loaded.workload, loaded.train, seed=seed)
