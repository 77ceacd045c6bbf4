"""Many seeds on the backend in use: trained and evaluated as each by `fit` and `evaluate`."""

import numpy as np
import pytest

from batchmark.training.backend import the_backend
from batchmark.training.beside_fit import BesideFit
from batchmark.training.keras_versions import is_keras_3
from batchmark.training.loading import load
from batchmark.training.many_seeds import ManySeeds
from batchmark.trainings import Trainings
from by_default import by_default

pytestmark = pytest.mark.skipif(not is_keras_3(), reason="Keras 2 has one backend, and these models are of Keras 3")
BACKEND = the_backend()
SEEDS = (0, 1, 2)


def _trained(name: str, *, one_by_one: bool = False) -> Trainings:
    many = ManySeeds(BesideFit(load(f"on_any_backend:{name}")))
    return many.train(
        batch_size=16, learning_rate=None, seeds=SEEDS, epochs=3, progress=lambda _: None, one_by_one=one_by_one
    )


@pytest.mark.parametrize(
    "name",
    by_default(
        ["PLAIN", "ADAM", "NORMALIZED", "AVERAGED", "DROPOUT", "RECURRENT"],
        only=["PLAIN", "NORMALIZED", "RECURRENT"],
        on_tensorflow=["PLAIN", "NORMALIZED"],
    ),
)
def test_seeds_at_once_end_where_each_by_itself_does(name: str) -> None:
    together, alone = _trained(name), _trained(name, one_by_one=True)
    if not (BACKEND.name == "tensorflow" and name == "DROPOUT"):
        # There a graph and a stack draw other numbers.
        np.testing.assert_allclose(together.fresh_loss, alone.fresh_loss, rtol=2e-3)
        np.testing.assert_allclose(together.training_loss, alone.training_loss, rtol=2e-3)
        np.testing.assert_allclose(together.validation_quality, alone.validation_quality, atol=0.03)
    assert len(set(together.fresh_loss)) == len(SEEDS)
    if BACKEND.name == "jax":
        averaged = "one by one: the optimizer averages the weights"
        assert together.method == (averaged if name == "AVERAGED" else "stacked")


@pytest.mark.skipif(BACKEND.name != "jax", reason="a step that is a function of all its state is JAX's")
@pytest.mark.parametrize("name", ["CLIPPED", "DROPOUT", "ADDS_LOSS"])
def test_on_jax_models_of_other_kinds_are_trained_at_once_too(name: str) -> None:
    assert _trained(name).method == "stacked"
