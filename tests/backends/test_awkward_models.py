"""What fast ways of training get wrong most easily is done as `fit` does it, or refused with the reason."""

import re

import numpy as np
import pytest
from on_any_backend import Batches

from batchmark.errors import WorkloadError
from batchmark.training.backend import the_backend
from batchmark.training.beside_fit import BesideFit
from batchmark.training.data_order import Shuffled
from batchmark.training.evaluation import Evaluated, evaluate
from batchmark.training.examples import InMemory, Pipeline
from batchmark.training.fit_loop import FitLoop
from batchmark.training.keras_versions import is_keras_3
from batchmark.training.loading import load
from batchmark.training.many_seeds import ManySeeds
from batchmark.training.models import seeded_model
from batchmark.training.open_loop import loop_around
from batchmark.training.passes import require_batch_size
from batchmark.training.proof import prove
from batchmark.trainings import Trainings

if not is_keras_3() or the_backend().name == "tensorflow":
    pytest.skip("TensorFlow's own are tried in tests/training", allow_module_level=True)

BACKEND = the_backend()
# PyTorch's compiles for half a minute, and differs from `fit` in nothing but the step, which test_loops.py tries.
LOOPS = [name for name in (*BACKEND.fit_loops, *BACKEND.compiled_loops) if name not in {"fit", "fit:jit_compile"}]
SEEDS = (0, 1)


def _beside(name: str) -> BesideFit:
    return BesideFit(load(f"awkward_on_any_backend:{name}"))


def _trained(name: str, *, one_by_one: bool = False) -> Trainings:
    many = ManySeeds(_beside(name))
    return many.train(
        batch_size=16, learning_rate=None, seeds=SEEDS, epochs=3, progress=lambda _: None, one_by_one=one_by_one
    )


@pytest.mark.parametrize("name", ["COLUMN", "FLAT_TARGETS", "PENALIZED", "COUNTS"])
def test_each_loop_does_the_work_of_fit(name: str) -> None:
    beside = _beside(name)
    for loop in LOOPS:
        proof = prove(loop, beside)
        assert not proof.is_refused, f"{loop}: {proof.reason}"


@pytest.mark.parametrize("name", ["COLUMN", "FLAT_TARGETS", "PENALIZED", "COUNTS", "OWN_FIT"])
def test_many_seeds_end_where_fit_and_evaluate_do(name: str) -> None:
    trained, alone = _trained(name), _trained(name, one_by_one=True)
    np.testing.assert_allclose(trained.fresh_loss, alone.fresh_loss, rtol=2e-3)
    loaded = load(f"awkward_on_any_backend:{name}")
    assert loaded.fresh is not None
    assert isinstance(loaded.train, InMemory)
    if name == "OWN_FIT":
        assert trained.method.startswith("one by one by fit"), "it shuffles for itself"
        return
    quality = ManySeeds(_beside(name))._quality
    fresh = Evaluated(loaded.fresh)
    for index, seed in enumerate(SEEDS):
        model = seeded_model(loaded.workload, learning_rate=None, seed=seed)
        order = Shuffled(loaded.train.examples, seed)
        for _ in range(3):
            now = order.next_epoch()
            model.fit(loaded.train.split.x[now], loaded.train.split.y[now], batch_size=16, shuffle=False, verbose=0)
        assert trained.fresh_loss[index] == pytest.approx(float(evaluate(model, fresh, quality)[0]), rel=2e-3)


def test_a_fit_of_its_own_is_refused_by_loops_without_fit() -> None:
    beside = _beside("OWN_FIT")
    for loop in BACKEND.compiled_loops:
        assert "fit" in prove(loop, beside).reason


@pytest.mark.parametrize("loop", ["fit", *BACKEND.compiled_loops])
def test_a_loss_that_is_no_number_from_the_second_epoch_on_is_told(loop: str) -> None:
    loaded = load("awkward_on_any_backend:EXPLODES")
    model = seeded_model(loaded.workload, learning_rate=None, seed=0)
    order = Shuffled(loaded.train.examples, 0)
    boundaries = loop_around(model, loop, loaded.train, batch_size=16, order=order).run(3)
    assert boundaries.diverged
    assert len(boundaries.rounds()) < 2


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ONE_SEED", "take set_random_seed"),
        ("ONE_MODEL", "it returned before"),
    ],
)
def test_a_model_that_every_seed_shares_is_refused_with_the_users_line(name: str, why: str) -> None:
    with pytest.raises(WorkloadError, match=why) as raised:
        _beside(name).steps  # noqa: B018  found with it
    assert re.match(r"\S*awkward_on_any_backend\.py:\d+: ", str(raised.value))


@pytest.mark.skipif(BACKEND.name == "tensorflow", reason="a pipeline there is a tf.data.Dataset")
def test_a_pipeline_that_has_a_batch_size_of_its_own_is_refused() -> None:
    with pytest.raises(WorkloadError, match="asked for batches of 16 it gives batches of 30"):
        load("awkward_on_any_backend:IGNORES_ITS_SIZE")
    with pytest.raises(WorkloadError, match="asked for batches of 64 it gives batches of 30"):
        require_batch_size(Pipeline(lambda _: Batches(30), examples=90), 64)


@pytest.mark.skipif(BACKEND.name == "tensorflow", reason="as above")
def test_batches_of_many_shapes_are_trained_by_fit() -> None:
    beside = _beside("PADDED")
    assert beside.steps.logs
    loaded = load("awkward_on_any_backend:PADDED")
    model = seeded_model(loaded.workload, learning_rate=None, seed=0)
    logs = FitLoop(model, loaded.train, batch_size=16).run(2).logs
    assert logs[1]["loss"] < logs[0]["loss"]
