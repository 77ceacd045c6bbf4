"""The nine example models of the old Keras benchmark suite, on the backend in use."""

import keras_examples
import pytest

from batchmark.proofs import Outcome
from batchmark.training.backend import the_backend
from batchmark.training.beside_fit import BesideFit
from batchmark.training.loading import load
from batchmark.training.proof import prove

BACKEND = the_backend()
# Half a minute each, to compile them.
_SLOW = {"fit:jit_compile"} if BACKEND.name == "torch" else set()
# Half a minute each on JAX.
_LARGE = ("CIFAR10_CNN", "MNIST_HIERARCHICAL_RNN", "BIDIRECTIONAL_LSTM")
OTHERS = [name for name in (*BACKEND.fit_loops, *BACKEND.compiled_loops) if name not in {"fit", *_SLOW}]

if BACKEND.name == "tensorflow":
    pytest.skip("there they are swept in tests/measurement and proven in tests/training", allow_module_level=True)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.exhaustive) if name in _LARGE else name for name in keras_examples.WORKLOADS],
)
def test_each_is_trained_and_every_loop_does_the_work_of_fit(name: str) -> None:
    beside = BesideFit(load(f"keras_examples:{name}"))
    assert beside.steps.logs
    for loop in OTHERS:
        assert prove(loop, beside).outcome is Outcome.PROVEN, loop


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", keras_examples.WORKLOADS)
def test_so_does_what_takes_long_to_compile(name: str) -> None:
    beside = BesideFit(load(f"keras_examples:{name}"))
    for loop in _SLOW:
        assert not prove(loop, beside).is_refused
