"""Each loop of the backend in use does the work of its `fit`, on models of every kind, or is refused."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from batchmark.errors import TrainingError, UnknownNameError
from batchmark.loops import COMPILED, FIT, LOOPS_OF
from batchmark.training.backend import the_backend
from batchmark.training.beside_fit import BesideFit
from batchmark.training.data_order import Shuffled
from batchmark.training.keras_versions import is_keras_3
from batchmark.training.loading import load
from batchmark.training.models import seeded_model
from batchmark.training.open_loop import loop_around, open_loop
from batchmark.training.proof import prove
from batchmark.training.restart_proof import prove_restarts
from by_default import by_default

pytestmark = pytest.mark.skipif(not is_keras_3(), reason="Keras 2 has one backend, and these models are of Keras 3")

IN_MEMORY = [
    *("PLAIN", "DROPOUT", "NOISE", "NORMALIZED", "ADAM", "AVERAGED", "ACCUMULATED", "CLIPPED", "REGULARIZED"),
    *("ADDS_LOSS", "FROZEN", "DECAYING", "RECURRENT", "CONVOLUTIONS", "OWN_KIND", "WEIGHTED", "SEVERAL"),
]
BACKEND = the_backend()
OTHERS = [name for name in (*BACKEND.fit_loops, *BACKEND.compiled_loops) if name != FIT]


# torch.compile takes half a minute a model.
SLOW = ["fit:jit_compile"] if BACKEND.name == "torch" else []
AT_LEAST = ("PLAIN", "DROPOUT", "NORMALIZED")


def _beside(name: str) -> BesideFit:
    return BesideFit(load(f"on_any_backend:{name}"))


def test_the_loops_that_are_told_of_a_backend_are_those_it_has() -> None:
    known = [name for name in LOOPS_OF[BACKEND.name] if name != COMPILED]
    assert sorted(known) == sorted([*BACKEND.fit_loops, *BACKEND.compiled_loops])
    assert (COMPILED in LOOPS_OF[BACKEND.name]) is bool(BACKEND.compiled_loops)


def _require_proofs(name: str, loops: Sequence[str]) -> None:
    beside = _beside(name)
    found = {loop: prove(loop, beside) for loop in loops}
    assert {loop: proof.reason for loop, proof in found.items() if proof.is_refused} == {}


@pytest.mark.parametrize(
    "name", by_default(IN_MEMORY, only=(*AT_LEAST, "RECURRENT", "SEVERAL"), on_tensorflow=AT_LEAST)
)
def test_every_loop_does_the_work_of_fit(name: str) -> None:
    _require_proofs(name, [loop for loop in OTHERS if loop not in SLOW])


@pytest.mark.skipif(not SLOW, reason="nothing takes so long to compile here")
@pytest.mark.parametrize(
    "name", [name if name in AT_LEAST else pytest.param(name, marks=pytest.mark.exhaustive) for name in IN_MEMORY]
)
def test_so_does_what_takes_long_to_compile(name: str) -> None:
    _require_proofs(name, SLOW)


@pytest.mark.skipif(BACKEND.name == "tensorflow", reason="a pipeline there is a tf.data.Dataset")
def test_a_pipeline_is_trained_by_fit() -> None:
    beside = _beside("BATCHES")
    for loop in set(BACKEND.fit_loops).difference(SLOW):
        assert not prove(loop, beside).is_refused


@pytest.mark.skipif(BACKEND.name != "jax", reason="TensorFlow's are tried elsewhere, and PyTorch takes none")
def test_sparse_data_are_trained_by_fit_and_by_nothing_that_takes_them_apart() -> None:
    beside = _beside("SPARSE")
    assert beside.steps.logs
    assert not prove("fit:steps_per_execution", beside).is_refused
    with pytest.raises(TrainingError, match="a compiled epoch can't shuffle sparse arrays; fit can"):
        prove("compiled:xla", beside)
    assert BACKEND.stacking.why_not(beside.short.model(), beside.short.loaded.train.split) == "the data are sparse"  # type: ignore[union-attr]  # arrays


@pytest.mark.skipif(not BACKEND.compiled_loops, reason="the backend has no loop without fit")
@pytest.mark.parametrize(
    "name",
    by_default(
        [*AT_LEAST, "AVERAGED", "RECURRENT"], only=[*AT_LEAST, "AVERAGED"], on_tensorflow=["PLAIN", "NORMALIZED"]
    ),
)
def test_one_model_trains_seed_after_seed(name: str) -> None:
    beside = _beside(name)
    for loop in BACKEND.compiled_loops:
        assert prove_restarts(loop, beside).reason == "" or beside.random_operations


@pytest.mark.skipif(not BACKEND.compiled_loops, reason="the backend has no loop without fit")
@pytest.mark.parametrize("size", [7, 16, 90])
def test_an_epoch_is_counted_to_its_last_example(size: int) -> None:
    loaded = load("on_any_backend:PLAIN")
    model = seeded_model(loaded.workload, learning_rate=None, seed=0)
    loop: Any = loop_around(
        model, next(iter(BACKEND.compiled_loops)), loaded.train, batch_size=size, order=Shuffled(90, 0)
    )
    boundaries = loop.run(3)
    assert int(np.asarray(model.optimizer.iterations)) == 3 * -(-90 // size)
    assert [set(log) for log in boundaries.logs] == [{"accuracy", "loss"}] * 3
    # A share of all the examples, each counted once.
    assert all(abs(90 * log["accuracy"] - round(90 * log["accuracy"])) < 1e-3 for log in boundaries.logs)


def test_a_loop_that_the_backend_lacks_is_refused_with_those_it_has() -> None:
    with pytest.raises(UnknownNameError, match=rf"the backend {BACKEND.name} has no loop 'compiled:abacus'; its loops"):
        open_loop("compiled:abacus", load("on_any_backend:PLAIN"), batch_size=16, learning_rate=None, seed=0)
