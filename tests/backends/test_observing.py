"""Instruments on the backend in use: what they find of models whose loss is known."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from batchmark.course import DISTANCE, NOISE, PROJECTIONS, SHARPNESS, SPREAD, TRAINING_LOSS, Instrument
from batchmark.errors import WorkloadError
from batchmark.training.backend import the_backend
from batchmark.training.examples import InMemory
from batchmark.training.keras_versions import keras
from batchmark.training.observing import Observing
from batchmark.training.observing.landscape import Landscape
from batchmark.workloads import Split

EXAMPLES = 40
_GENERATOR = np.random.default_rng(3)
X = _GENERATOR.exponential(size=(EXAMPLES, 2)).astype("float32")
Y = (X @ np.array([[1.0], [-2.0]]) + _GENERATOR.exponential(size=(EXAMPLES, 1))).astype("float32")
DATA = InMemory(Split(X, Y))
AT = np.array([0.5, -1.0])
EVERYTHING = (
    Instrument(DISTANCE),
    Instrument(NOISE, (2, 8), 3),
    Instrument(SPREAD, (2, 8), 4),
    Instrument(SHARPNESS, box=1e-2),
    Instrument(TRAINING_LOSS),
    Instrument(PROJECTIONS, batches=2),
)


def _built(model: Any, train: InMemory = DATA) -> Any:
    model.compile(optimizer="sgd", loss="mse")
    the_backend().variables.trace(model, train, 4)
    return model


def _linear() -> Any:
    return _built(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False)]))


def _deep() -> Any:
    """Return a model with all that an evaluation leaves alone: dropout, and batch statistics."""
    layers = keras.layers
    return _built(
        keras.Sequential(
            [
                keras.Input((2,)),
                layers.Dense(4, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.1)),
                layers.BatchNormalization(),
                layers.Dropout(0.5),
                layers.Dense(1, activity_regularizer=keras.regularizers.L2(0.1)),
            ]
        )
    )


def _weights(model: Any) -> list[NDArray[Any]]:
    return list(the_backend().variables.weights(model))


def _looked(
    model: Any, *instruments: Instrument, weights: Any = None, seed: int = 0, look: int = 0
) -> dict[str, float]:
    here = _weights(model) if weights is None else weights
    observing = Observing(model, DATA, instruments)
    return observing.look(look=look, is_last=False, weights=here, initial=_weights(model), seed=seed)


def _at(place: NDArray[np.float64]) -> list[NDArray[np.float32]]:
    return [place.reshape(2, 1).astype(np.float32)]


def _of_examples() -> NDArray[np.float64]:
    """Return the gradients of the linear model's squared error, shape (examples, 2)."""
    return np.asarray(2 * (X @ AT - Y[:, 0])[:, None] * X, np.float64)


def test_the_gradient_is_what_finite_differences_say() -> None:
    model = _deep()
    land = Landscape(model, DATA)
    land.stand_at(_weights(model))
    here, batch = land.trained(_weights(model)), np.arange(7)
    _, gradient = land.loss_and_gradient(batch)

    def loss_at(place: NDArray[np.float64]) -> float:
        land.move_to(place)
        return land.loss_and_gradient(batch)[0]

    steps = 1e-2 * np.eye(len(here))
    differences = [(loss_at(here + step) - loss_at(here - step)) / 2e-2 for step in steps]
    assert np.abs(gradient).max() > 0.1
    np.testing.assert_allclose(gradient, differences, rtol=1e-2, atol=2e-3)


def test_of_an_embedding_the_gradient_is_of_every_row() -> None:
    numbers = InMemory(Split(np.array([[1], [1], [2]]), np.zeros((3, 1, 1), "float32")))
    model = keras.Sequential([keras.Input((1,), dtype="int32"), keras.layers.Embedding(4, 1)])
    land = Landscape(_built(model, numbers), numbers)
    land.stand_at([np.array([[1], [2], [3], [4]], "float32")])
    _, gradient = land.loss_and_gradient(np.arange(3))
    np.testing.assert_allclose(gradient, [0, 2 * 2 * 2 / 3, 2 * 3 / 3, 0], rtol=1e-5)


def test_noise_is_that_of_a_linear_models_known_gradients() -> None:
    # Each example is in one batch of one, and all of them are in the large batch: nothing is left to chance.
    found = _looked(_linear(), Instrument(NOISE, (1, EXAMPLES), EXAMPLES), weights=_at(AT))
    known = _of_examples()
    mean = known.mean(axis=0)
    assert found["noise/small_squared"] == pytest.approx(np.mean(np.sum(known**2, axis=1)), rel=1e-4)
    assert found["noise/large_squared"] == pytest.approx(mean @ mean, rel=1e-4)


def test_spread_is_the_variance_of_a_linear_models_known_gradients() -> None:
    found = _looked(_linear(), Instrument(SPREAD, (1, 20), EXAMPLES), weights=_at(AT))
    of_one, of_twenty = found.values()
    known = _of_examples().var(axis=0, ddof=1).sum()
    assert of_one == pytest.approx(known, rel=1e-4)
    # From 40 batches of a skewed variable, with chance.
    assert of_twenty == pytest.approx(known / 20, rel=0.6)


def test_sharpness_is_that_of_a_linear_models_known_loss() -> None:
    corners = np.array(list(product((-1, 1), repeat=2)))
    losses = [np.mean((X @ place - Y[:, 0]) ** 2) for place in (AT, *(AT + 0.01 * (np.abs(AT) + 1) * corners))]
    expected = (max(losses) - losses[0]) / (1 + losses[0]) * 100
    model = _linear()
    assert _looked(model, Instrument(SHARPNESS, box=0.01), weights=_at(AT))["sharpness"] == pytest.approx(
        expected, rel=1e-3
    )
    two = _looked(model, Instrument(SHARPNESS, box=0.01), Instrument(SHARPNESS, box=0.005), weights=_at(AT))
    assert two["sharpness/0.01"] == pytest.approx(expected, rel=1e-3)
    assert two["sharpness/0.005"] == pytest.approx(expected / 2, rel=0.05)


def test_the_training_loss_is_what_evaluate_says() -> None:
    many = InMemory(Split(np.repeat(X, 33, axis=0), np.repeat(Y, 33, axis=0)))
    model = _deep()
    land = Landscape(model, many)
    land.stand_at(_weights(model))
    expected = model.evaluate(**many.keras_arguments(many.examples), verbose=0)
    assert land.training_loss() == pytest.approx(expected, rel=1e-4)


def test_the_distance_and_the_projections_are_of_what_is_trained() -> None:
    model = _deep()
    initial = _weights(model)
    trained = [path is not None for path in the_backend().variables.trained(model)]
    assert (trained.count(True), trained.count(False)) in {(6, 2), (6, 3)}, "two statistics, and a seed's state"
    moved = [weight + 2 if own else weight + 1 for weight, own in zip(initial, trained, strict=True)]
    count = sum(weight.size for weight, own in zip(initial, trained, strict=True) if own)
    observing = Observing(model, DATA, (Instrument(DISTANCE), Instrument(PROJECTIONS, batches=4)))
    one, other = (
        observing.look(look=0, is_last=False, weights=weights, initial=initial, seed=0) for weights in (initial, moved)
    )
    assert one["distance"] == 0
    assert other["distance"] == pytest.approx(2 * np.sqrt(count), rel=1e-6)
    assert all(one[f"projections/{number}"] != other[f"projections/{number}"] for number in range(4))


def test_the_same_weights_seed_and_look_give_the_same_to_the_bit_and_others_give_others() -> None:
    weights = _weights(_deep())
    models = [_deep() for _ in range(2)]
    one, again = (_looked(model, *EVERYTHING, weights=weights) for model in models)
    one.pop("distance")
    again.pop("distance")
    assert one == again
    drawn = [name for name in one if name.startswith(("noise", "spread"))]
    for other in ({"seed": 1}, {"look": 1}):
        found = _looked(models[0], *EVERYTHING, weights=weights, **other)
        assert all(found[name] != one[name] for name in drawn)
        assert found["training_loss"] == one["training_loss"]


def test_what_an_instrument_finds_does_not_depend_on_the_others() -> None:
    model = _deep()
    weights = _weights(model)
    together = _looked(model, *EVERYTHING, weights=weights)
    for each in reversed(EVERYTHING):
        alone = _looked(model, each, weights=weights)
        assert alone == {name: together[name] for name in alone}


def test_weights_that_are_no_numbers_have_no_findings_and_all_their_names() -> None:
    model = _deep()
    weights = _weights(model)
    names = set(_looked(model, *EVERYTHING, weights=weights))
    weights[0] = np.full_like(weights[0], np.inf)
    found = _looked(model, *EVERYTHING, weights=weights)
    assert set(found) == names
    assert np.isnan(list(found.values())).all()


def test_an_instrument_looks_only_where_it_is_asked_to() -> None:
    model = _linear()
    first_and_last = (Instrument(TRAINING_LOSS, looks=(0, -1)), Instrument(DISTANCE))
    observing = Observing(model, DATA, first_and_last)
    found = [
        set(observing.look(look=look, is_last=look == 2, weights=_at(AT), initial=_at(AT), seed=0)) for look in range(3)
    ]
    assert found == [{"training_loss", "distance"}, {"distance"}, {"training_loss", "distance"}]


@pytest.mark.parametrize(
    ("instruments", "why"),
    [
        ((Instrument("colour"),), "'colour': there is none; there are distance, noise, "),
        ((Instrument(NOISE, (8, 2), 3),), r"'noise': batch sizes \(8, 2\); expected two, the smaller first"),
        ((Instrument(NOISE, (2, 8)),), "'noise': 0 batches; expected 1 or more"),
        ((Instrument(SPREAD, (2, 41), 3),), "expected some from 1 to the 40 training examples"),
        ((Instrument(SPREAD, (2, 2), 3),), "expected each of them once"),
        ((Instrument(SHARPNESS),), "a box of 0; expected more than 0"),
        ((Instrument(DISTANCE), Instrument(DISTANCE)), "'distance' is asked for twice"),
    ],
)
def test_an_instrument_that_can_not_be_is_refused(instruments: tuple[Instrument, ...], why: str) -> None:
    with pytest.raises(WorkloadError, match=why):
        Observing(_linear(), DATA, instruments)


def test_a_loss_that_instruments_would_not_see_is_refused() -> None:
    class Own(keras.Sequential):  # type: ignore[misc]  # Keras has no types
        def train_step(self, *given: Any) -> Any:
            return super().train_step(*given)

    model = _built(Own([keras.Input((2,)), keras.layers.Dense(1)]))
    Observing(model, DATA, (Instrument(DISTANCE),))
    with pytest.raises(WorkloadError, match="a train step of its own"):
        Observing(model, DATA, (Instrument(TRAINING_LOSS),))
