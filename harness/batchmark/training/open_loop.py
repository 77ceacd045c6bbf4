"""From a loop's name to a loop that trains."""

from statistics import median
from typing import Any

from batchmark.errors import TrainingError, UnknownNameError
from batchmark.training.backend import the_backend
from batchmark.training.data_order import DataOrder, Shuffled
from batchmark.training.examples import Examples
from batchmark.training.loading import Loaded
from batchmark.training.loop import Loop
from batchmark.training.models import seeded_model

# A trial tells 10 % from 50 %: it needs no more rounds, and no more seconds, than this.
_TRIAL_ROUNDS = 6
_TRIAL_SECONDS = 1.0


def open_loop(
    name: str,
    loaded: Loaded,
    *,
    batch_size: int,
    learning_rate: float | None,
    seed: int,
    train: Examples | None = None,
) -> Loop:
    """Return a new training by the loop called `name`, which is not ``compiled``: that one is chosen by trials.

    `train` replaces the workload's training data.
    """
    data = train or loaded.train
    model = seeded_model(loaded.workload, learning_rate=learning_rate, seed=seed)
    return loop_around(model, name, data, batch_size=batch_size, order=Shuffled(data.examples, seed))


def loop_around(
    model: Any, name: str, data: Examples, *, batch_size: int, order: DataOrder, shuffle: bool = True
) -> Loop:
    """Return the loop called `name` around a new `model`; ``fit`` draws its own orders, or none without `shuffle`.

    Raises UnknownNameError: the backend has no such loop.
    """
    backend = the_backend()
    if name in backend.compiled_loops:
        return backend.compiled_loops[name](model, data, batch_size=batch_size, order=order)
    if name in backend.fit_loops:
        return backend.fit_loops[name](model, data, batch_size=batch_size, shuffle=shuffle)
    loops = ", ".join([*backend.fit_loops, *backend.compiled_loops])
    message = f"the backend {backend.name} has no loop {name!r}; its loops are {loops}"
    raise UnknownNameError(message)


def try_loop(name: str, loaded: Loaded, *, seed: int) -> float:
    """Train a few epochs at the reference batch size by the loop called `name` and return the seconds of one.

    Raises TrainingError: it diverged. And whatever a model that can't be compiled raises.
    """
    size = loaded.description.reference_batch_size
    rate = loaded.workload.learning_rate_for(size)
    loop = open_loop(name, loaded, batch_size=size, learning_rate=rate, seed=seed)
    loop.run(1)
    rounds = loop.run(2).rounds()
    if rounds and rounds[0] < _TRIAL_SECONDS / _TRIAL_ROUNDS:
        rounds += loop.run(1 + _TRIAL_ROUNDS).rounds()
    if not rounds:
        message = f"the loss stopped being finite at learning rate {rate}"
        raise TrainingError(message)
    return median(rounds)
