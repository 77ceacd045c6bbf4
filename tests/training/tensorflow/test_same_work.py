"""A compiled epoch does the work of an epoch of ``fit``: the same weights, state and logs, model by model.

What can't be equal is listed with the reason in `awkward` and `keras_examples`: XLA draws other random numbers than
a graph does, and rounds reduced precision elsewhere; a dataset that shuffles itself visits in an order of its own.
"""

from collections.abc import Iterator
from typing import Any

import awkward
import keras_examples
import numpy as np
import pytest

from batchmark.errors import TrainingError
from batchmark.training.data_order import InOrder
from batchmark.training.fit_loop import FitLoop
from batchmark.training.keras_versions import finish_fit_call, is_keras_3, keras, optimizer_variables
from batchmark.training.loading import Loaded, load
from batchmark.training.models import seeded_model
from batchmark.training.tensorflow.compiled_loop import CompiledLoop
from batchmark.workloads import built_in_workloads

_BATCH_SIZE = 16
_AWKWARD = [f"awkward:{name}" for name in awkward.WORKLOADS]
_EXAMPLES = [f"keras_examples:{name}" for name in keras_examples.WORKLOADS]
_EVERY = [*_AWKWARD, *_EXAMPLES, *built_in_workloads()]

# Each takes seconds, and each model is proven again before it is measured: by default those that have gone wrong.
_BY_DEFAULT = {
    "awkward:BATCH_NORMALISATION",
    "awkward:DICT_INPUTS",
    "awkward:LOGS_OF_ITS_OWN",
    "awkward:SAMPLE_WEIGHTS",
    "awkward:DATASET",
    "blobs",
    "mnist-cnn",
}
_LOSS_BY_OUTPUT = {"LIST_OUTPUTS", "DICT_OUTPUTS"}
_IN_A_GRAPH_BY_DEFAULT = _BY_DEFAULT | {
    "awkward:ADAM",
    "awkward:DROPOUT",
    "awkward:GENERATOR",
    "awkward:MIXED_FLOAT16",
    "awkward:STRING_LOOKUP",
    "keras_examples:MNIST_IRNN",
    "keras_examples:REUTERS_MLP",
}
_RANDOM = awkward.RANDOM | keras_examples.RANDOM
# A batch size at which their epoch is short; each has a partial batch.
_BUILT_IN_BATCH_SIZE = 300


@pytest.fixture(autouse=True)
def forget_models() -> Iterator[None]:
    # Metrics are named by a count that goes on through the process: precision, precision_1 and so on.
    keras.backend.clear_session()
    yield
    keras.backend.clear_session()


def _short(name: str) -> str:
    return name.partition(":")[2] or name


def _marked(name: str, *, exhaustive: bool) -> Any:
    return pytest.param(name, marks=pytest.mark.exhaustive if exhaustive else ())


def _skip_what_cannot_be_equal(name: str, *, xla: bool) -> None:
    short = _short(name)
    if short in awkward.ONLY_KERAS_3 and not is_keras_3():
        pytest.skip("Keras 2 can't build it")
    if short in awkward.ITS_OWN_ORDER:
        pytest.skip("shuffles itself: what fit visits depends on how many iterators it makes beforehand")
    if xla and short in _RANDOM:
        pytest.skip("XLA draws other random numbers")


def _tolerance(name: str, *, xla: bool) -> dict[str, Any]:
    if xla and _short(name) in awkward.ROUNDED:
        return {"rtol": 1e-2, "atol": 1e-3}
    # Two steps' roundings, of weights and of logs of order 1; state such as Adam's second moment is far smaller.
    return {"rtol": 1e-4, "atol": 1e-5} if xla else {"rtol": 1e-5, "atol": 2e-6}


def _pair(loaded: Loaded, batch_size: int, *, xla: bool) -> tuple[FitLoop, CompiledLoop]:
    models = []
    for _ in range(2):
        keras.backend.clear_session()
        models.append(seeded_model(loaded.workload, learning_rate=loaded.workload.learning_rate, seed=7))
    fit = FitLoop(models[0], loaded.train, batch_size=batch_size, shuffle=False)
    order = InOrder(loaded.train.examples)
    return fit, CompiledLoop(models[1], loaded.train, batch_size=batch_size, order=order, xla=xla)


def _state(model: Any) -> list[Any]:
    variables = [*model.variables, *optimizer_variables(model.optimizer)]
    # What random layers draw from is an integer; so are the counts that are compared by themselves.
    return [v.numpy() for v in variables if np.issubdtype(np.asarray(v).dtype, np.floating)]


def _require_same_work(name: str, *, xla: bool) -> None:
    _skip_what_cannot_be_equal(name, xla=xla)
    loaded = load(name)
    batch_size = _BATCH_SIZE if ":" in name else _BUILT_IN_BATCH_SIZE
    fit, compiled = _pair(loaded, batch_size, xla=xla)
    # A model that isn't built yet draws its weights when it first trains.
    keras.utils.set_random_seed(8)
    logs = fit.model.fit(**fit._arguments, epochs=1, verbose=0).history
    keras.utils.set_random_seed(8)
    ours = compiled.run_epoch()
    finish_fit_call(compiled.model)
    tolerance = _tolerance(name, xla=xla)
    assert set(ours) == set(logs)
    for metric, (theirs,) in logs.items():
        if xla and metric.endswith("_loss") and _short(name) in _LOSS_BY_OUTPUT:
            # Where Keras 3 knows the batch's size it weighs each output's loss by it; in fit every batch counts alike.
            np.testing.assert_allclose(ours[metric], np.mean(theirs), rtol=0.1, err_msg=metric)
            continue
        np.testing.assert_allclose(ours[metric], np.mean(theirs), **tolerance, err_msg=metric)
    pairs = list(zip(_state(compiled.model), _state(fit.model), strict=True))
    assert pairs
    for mine, theirs in pairs:
        np.testing.assert_allclose(mine, theirs, **tolerance)
    if compiled.model.optimizer is not None and _short(name) != "GENERATOR":
        # fit counts a step too many over a generator, whose length it doesn't know.
        assert int(compiled.model.optimizer.iterations) == int(fit.model.optimizer.iterations)


# Keras finds out where a generator ends by going on until it does, and warns.
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("name", [_marked(name, exhaustive=name not in _IN_A_GRAPH_BY_DEFAULT) for name in _EVERY])
def test_a_graph_epoch_does_the_work_of_fit(name: str) -> None:
    _require_same_work(name, xla=False)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize(
    "name",
    [_marked(name, exhaustive=name not in _BY_DEFAULT) for name in _EVERY if _short(name) not in awkward.NOT_IN_XLA],
)
def test_an_xla_epoch_does_the_work_of_fit(name: str) -> None:
    _require_same_work(name, xla=True)


@pytest.mark.parametrize("name", sorted(awkward.NOT_IN_XLA))
def test_what_xla_cannot_compile_is_an_error_and_not_the_end_of_the_process(name: str) -> None:
    loaded = load(f"awkward:{name}")
    with pytest.raises(Exception, match=r"XLA knows no text|unsupported operations") as refused:
        _pair(loaded, _BATCH_SIZE, xla=True)[1].run(1)
    assert isinstance(refused.value, TrainingError) == ("XLA" in str(refused.value)[:3])
