"""A workload trained for some steps by whatever loop, from weights that are given, over batches that are given."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from typing import Any

import numpy as np

from batchmark.errors import BatchmarkError, WorkloadError
from batchmark.training.backend import the_backend
from batchmark.training.difference import Steps
from batchmark.training.excerpt import EPOCHS, Excerpt, excerpt_of
from batchmark.training.fit_loop import FitLoop
from batchmark.training.keras_versions import seed_everything
from batchmark.training.loading import Loaded
from batchmark.training.loop import Loop
from batchmark.training.models import current_learning_rate, only_batch_size_of, seeded_model
from batchmark.training.state import Kind, State, TracedStep, Values, is_float
from batchmark.workloads.users_code import in_one_line, line_of, line_of_error

MakeLoop = Callable[[Any, Excerpt], Loop]
"""Takes a model and the excerpt, and returns what trains it in the excerpt's own order."""


def by_fit(model: Any, excerpt: Excerpt) -> Loop:
    """Return plain ``fit`` over the excerpt, in its order."""
    return FitLoop(model, excerpt.data, batch_size=excerpt.batch_size, shuffle=False)


class ShortTraining:
    """How a workload is trained for some steps: each time a new model, from a seed."""

    seed = 0
    """Of every training that isn't asked for another."""

    def __init__(self, loaded: Loaded) -> None:
        """Take a workload; nothing is trained yet."""
        self.loaded = loaded
        self.rate_factor = 1.0
        """What the learning rate is multiplied by, so that weights move by more than rounding does."""

    @cached_property
    def excerpt(self) -> Excerpt:
        """What is trained."""
        loaded = self.loaded
        size = loaded.description.reference_batch_size
        model = seeded_model(loaded.workload, learning_rate=loaded.workload.learning_rate_for(size), seed=self.seed)
        fewest = getattr(model.optimizer, "gradient_accumulation_steps", None) or 1
        return excerpt_of(loaded.train, size, fewest=fewest, only=only_batch_size_of(model))

    @property
    def line(self) -> str:
        """Where the user's function stands that builds the model."""
        return line_of(self.loaded.workload.build_model)

    def model(self, seed: int = seed) -> Any:
        """Return a new model."""
        workload = self.loaded.workload
        model = seeded_model(workload, learning_rate=workload.learning_rate_for(self.excerpt.batch_size), seed=seed)
        if self.rate_factor > 1:
            model.optimizer.learning_rate = (current_learning_rate(model) or 0.0) * self.rate_factor
        return model

    def traced(self, model: Any) -> TracedStep:
        """Return `model`'s step, traced for the excerpt's batches.

        Raises WorkloadError, with the user's own line: it can't be.
        """
        with self.blamed():
            return the_backend().variables.trace(model, self.excerpt.data, self.excerpt.batch_size)

    def state_of(self, model: Any) -> State:
        """Return what training `model`, a new one, changes.

        Raises WorkloadError, with the user's own line: its step can't be traced.
        """
        with self.blamed():
            return the_backend().variables.state(model, self.excerpt.data, self.excerpt.batch_size)

    def train(
        self,
        make_loop: MakeLoop,
        start: Values | None = None,
        *,
        within: AbstractContextManager[None] | None = None,
        changed: Callable[[State, Values], Values] = lambda _, values: values,
        excerpt: Excerpt | None = None,
        seed: int = seed,
    ) -> Steps:
        """Train a new model by what `make_loop` returns, from `start` or, without one, from its own weights.

        What is traced is traced `within` a context. `changed` is applied to the start before it is put in; the
        `Steps` have it as it was. `excerpt` replaces what is trained.
        """
        model = self.model(seed)
        state = self.state_of(model)
        own = state.read()
        begin = own if start is None else start
        if [value.shape for value in own] != [value.shape for value in begin]:
            message = f"{self.line}: two models from the same seed have other variables; make the same one each time"
            raise WorkloadError(message)
        state.restore(changed(state, begin))
        # What a graph draws depends on the seed at the time it is traced.
        seed_everything(seed)
        trained = excerpt or self.excerpt
        with within or nullcontext():
            boundaries = make_loop(model, trained).run(EPOCHS)
        if not boundaries.logs:
            message = (
                f"{self.line}: no epoch of the model's fit was seen to end; a fit of its own has to pass its callbacks "
                "on: super().fit(..., callbacks=callbacks)"
            )
            raise WorkloadError(message)
        return Steps(state.entries, own, begin, state.read(), tuple(boundaries.logs), trained.data.examples)

    def blamed(self) -> AbstractContextManager[None]:
        """Return a context in which whatever is raised becomes a WorkloadError with the user's own line."""
        return _Blamed(self.line)


class _Blamed(AbstractContextManager[None]):
    def __init__(self, line: str) -> None:
        self._line = line

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, BatchmarkError):
            where = line_of_error(error) or self._line
            message = f"{where}: the model can't be trained on the data: {in_one_line(error)}"
            raise WorkloadError(message) from error


def in_their_last_bit(state: State, values: Values) -> Values:
    """Return `values` with every weight moved to the number beside it, up or down."""
    draw = np.random.default_rng(0)
    return tuple(
        np.nextafter(value, np.where(draw.random(value.shape) < 0.5, -np.inf, np.inf).astype(value.dtype))  # noqa: PLR2004  a coin
        if entry.kind is Kind.WEIGHT and value.dtype in (np.float32, np.float64)
        else value
        for entry, value in zip(state.entries, values, strict=True)
    )


def same(one: Values, other: Values) -> bool:
    """Whether two states are equal to the last bit."""
    return len(one) == len(other) and all(
        mine.shape == theirs.shape and np.array_equal(mine, theirs, equal_nan=is_float(mine))
        for mine, theirs in zip(one, other, strict=True)
    )
