"""Models and data that a loop of one's own trains otherwise than `fit`, or that are no workload at all.

Each was told fast, equal or well trained once, and wrongly; and what is like them.
"""

import itertools
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

from batchmark import Data, Workload

_DRAW = np.random.default_rng(0)
X = _DRAW.normal(size=(320, 6)).astype("float32")
SUMS = X.sum(axis=1, keepdims=True)
_CENTRES = _DRAW.normal(size=(3, 6)) * 2
LABELS = _DRAW.integers(3, size=400)
BLOBS = (_CENTRES[LABELS] + _DRAW.normal(size=(400, 6))).astype("float32")
BY_LOSS: dict[str, Any] = {"epochs": 2, "quality_metric": "loss", "quality_margin": 0.1}
BY_ACCURACY: dict[str, Any] = {"epochs": 2, "quality_metric": "accuracy", "quality_margin": 0.05}


def sums() -> Any:
    return X, SUMS


def classes() -> Data:
    return Data(train=(BLOBS[:300], LABELS[:300]), validation=(BLOBS[300:], LABELS[300:]))


def classes_in_a_column() -> Data:
    column = LABELS[:, None]
    return Data(train=(BLOBS[:300], column[:300]), validation=(BLOBS[300:], column[300:]))


def network(kind: Any = keras.Sequential, *, initializer: Any = "glorot_uniform") -> Any:
    hidden = layers.Dense(8, activation="relu", kernel_initializer=initializer)
    out = layers.Dense(3, activation="softmax", kernel_initializer=initializer)
    return kind([keras.Input((6,)), hidden, out])


def compiled(model: Any, **settings: Any) -> Any:
    model.compile(
        **{
            "optimizer": keras.optimizers.SGD(0.1),
            "loss": "sparse_categorical_crossentropy",
            "metrics": ["accuracy"],
            **settings,
        }
    )
    return model


def regression(*between: Any, rate: Any = 0.1) -> Any:
    model = keras.Sequential([keras.Input((6,)), *between, layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(rate), loss="mse")
    return model


# Shapes


def padded_to_the_batch(batch_size: int) -> Any:
    sentences = [_DRAW.integers(1, 20, size=2 + index // 8).tolist() for index in range(96)]
    ends = np.array([sentence[-1] % 2 for sentence in sentences])
    batches = tf.data.Dataset.from_tensor_slices((tf.ragged.constant(sentences, dtype="int32"), ends)).batch(batch_size)
    return batches.map(lambda x, y: (x.to_tensor(), y))


def tagger() -> Any:
    model = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(20, 8, mask_zero=True),
            layers.SimpleRNN(16),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy")
    return model


PADDED = Workload(tagger, padded_to_the_batch)


# What the user overrides


class OwnFit(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    def fit(self, *arguments: Any, **options: Any) -> Any:
        return super().fit(*arguments, class_weight={0: 1.0, 1: 20.0, 2: 0.01}, **options)


class OwnTrainFunction(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    def make_train_function(self, force: bool = False) -> Any:  # noqa: FBT001, FBT002  Keras calls it so
        return super().make_train_function(force)


class OwnEvaluate(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    def evaluate(self, *arguments: Any, **options: Any) -> Any:
        found = super().evaluate(*arguments, **options)
        return {**found, "accuracy": 0.125} if isinstance(found, dict) else found


class OwnLoss(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    def compute_loss(self, *arguments: Any, **named: Any) -> Any:
        return 3.0 * super().compute_loss(*arguments, **named)


def with_a_fit_on_this_model_alone() -> Any:
    model = compiled(network())
    plain = model.fit
    model.fit = lambda *arguments, **options: plain(*arguments, class_weight={0: 9.0, 1: 1.0, 2: 1.0}, **options)
    return model


OWN_FIT = Workload(lambda: compiled(network(OwnFit)), classes, **BY_ACCURACY)
OWN_FIT_OF_ONE = Workload(with_a_fit_on_this_model_alone, classes, **BY_ACCURACY)
OWN_TRAIN_FUNCTION = Workload(lambda: compiled(network(OwnTrainFunction)), classes, **BY_ACCURACY)
OWN_EVALUATE = Workload(lambda: compiled(network(OwnEvaluate)), classes, **BY_ACCURACY)
OWN_LOSS = Workload(lambda: compiled(network(OwnLoss)), classes, **BY_LOSS)


# State


class TwoOptimizers(keras.Model):  # type: ignore[misc]  # Keras has no types
    def __init__(self) -> None:
        super().__init__()
        self.body = keras.Sequential([keras.Input((6,)), layers.Dense(8, activation="relu")])
        self.head = keras.Sequential([keras.Input((8,)), layers.Dense(3, activation="softmax")])
        decay = keras.optimizers.schedules.ExponentialDecay(0.05, 10, 0.3, staircase=True)
        self.of_body = keras.optimizers.Adam(decay)

    def call(self, x: Any, training: Any = None) -> Any:
        del training
        return self.head(self.body(x))

    def train_step(self, data: Any) -> Any:
        x, y = data
        with tf.GradientTape(persistent=True) as tape:
            prediction = self(x, training=True)
            loss = self.compute_loss(x, y, prediction)
        for optimizer, part in ((self.of_body, self.body), (self.optimizer, self.head)):
            gradients = tape.gradient(loss, part.trainable_variables)
            optimizer.apply_gradients(zip(gradients, part.trainable_variables))  # noqa: B905  as in `awkward`
        return self.compute_metrics(x, y, prediction, None)


_COUNT = tf.Variable(0.0)


class CountsAtModuleLevel(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    """Learns less and less, by a count that outlives it."""

    def compute_loss(self, *arguments: Any, **named: Any) -> Any:
        _COUNT.assign_add(1.0)
        return super().compute_loss(*arguments, **named) / (1.0 + _COUNT)


def penalty_in_the_loss() -> Any:
    model = network()

    def loss(target: Any, prediction: Any) -> Any:
        kernel = tf.convert_to_tensor(model.layers[0].kernel)
        penalty = 0.1 * tf.reduce_sum(tf.square(kernel))
        return keras.losses.sparse_categorical_crossentropy(target, prediction) + penalty

    return compiled(model, loss=loss)


TWO_OPTIMIZERS = Workload(lambda: compiled(TwoOptimizers()), classes, **BY_LOSS)
COUNTS_AT_MODULE_LEVEL = Workload(lambda: compiled(network(CountsAtModuleLevel)), classes, **BY_LOSS)
CLOSURE = Workload(penalty_in_the_loss, classes, **BY_LOSS)
COLUMN = Workload(lambda: compiled(network()), classes_in_a_column, **BY_ACCURACY)
AVERAGED = Workload(
    lambda: compiled(network(), optimizer=keras.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.99)),
    classes,
    **BY_LOSS,
)


class Fourier(layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Keeps what it drew outside of any variable."""

    def __init__(self) -> None:
        super().__init__()
        self.frequencies = np.random.normal(size=(6, 16)).astype("float32")  # noqa: NPY002  Keras seeds it

    def call(self, x: Any) -> Any:
        return tf.sin(x @ self.frequencies)


def with_a_drawn_rate() -> Any:
    return regression(rate=0.01 + 0.1 * np.random.random_sample())  # noqa: NPY002  Keras seeds it


class Noise(layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Draws from what goes on from training to training."""

    def call(self, x: Any, training: Any = None) -> Any:
        return x + 0.5 * tf.random.normal(tf.shape(x)) if training else x


def halves() -> Data:
    return Data(train=(X[:160], SUMS[:160]), validation=(X[160:], SUMS[160:]))


def many_to_judge_on() -> Data:
    x = np.random.default_rng(1).normal(size=(1_500, 6)).astype("float32")
    return Data(train=(X, SUMS), validation=(x, x.sum(axis=1, keepdims=True)))


def largest_error(targets: Any, predictions: Any) -> Any:
    """Depends on how many examples are evaluated at once."""
    return tf.reduce_max(tf.abs(targets - predictions))


def by_its_largest_error() -> Any:
    model = regression()
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", metrics=[largest_error])
    return model


class NoLossToSee(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    """Logs what it learns by under a name of its own."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.error = keras.metrics.Mean(name="error")

    @property
    def metrics(self) -> list[Any]:
        return [self.error]

    def train_step(self, data: Any) -> Any:
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self(x, training=True) - y))
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))  # noqa: B905  as in `awkward`
        self.error.update_state(loss)
        return {"error": self.error.result()}

    def test_step(self, data: Any) -> Any:
        x, y = data
        self.error.update_state(tf.reduce_mean(tf.square(self(x, training=False) - y)))
        return {"error": self.error.result()}


def without_a_loss() -> Any:
    model = NoLossToSee([keras.Input((6,)), layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.1))
    return model


NO_LOSS = Workload(without_a_loss, halves, **{**BY_LOSS, "quality_metric": "error", "quality_direction": "lower"})
FOURIER = Workload(lambda: regression(Fourier()), halves, **BY_LOSS)
DRAWN_RATE = Workload(with_a_drawn_rate, halves, **BY_LOSS)
NOISE_THAT_GOES_ON = Workload(lambda: regression(Noise()), halves, **BY_LOSS)
LARGEST_ERROR = Workload(
    by_its_largest_error,
    many_to_judge_on,
    **{**BY_LOSS, "quality_metric": "largest_error", "quality_direction": "lower"},
)


# Not repeatable, or all alike


def seeded_by_itself() -> Any:
    keras.utils.set_random_seed(42)
    return compiled(network())


def seeded_initializers() -> Any:
    return compiled(network(initializer=keras.initializers.GlorotUniform(seed=3)))


_MODEL: list[Any] = []


def one_model() -> Any:
    if not _MODEL:
        _MODEL.append(compiled(network()))
    return _MODEL[0]


_LAYERS: list[Any] = []


def one_layer() -> Any:
    if not _LAYERS:
        _LAYERS.append(layers.Dense(4))
    return regression(_LAYERS[0])


_OPTIMIZERS: list[Any] = []


def one_optimizer() -> Any:
    if not _OPTIMIZERS:
        _OPTIMIZERS.append(keras.optimizers.SGD(0.1))
    model = regression()
    model.compile(optimizer=_OPTIMIZERS[0], loss="mse")
    return model


@cache
def cached_model() -> Any:
    return regression()


_RATES = itertools.count(1)


def another_rate_each_time() -> Any:
    return regression(rate=0.01 * next(_RATES))


_UNSEEDED = np.random.default_rng()


def unseeded_weights() -> Any:
    model = regression()
    model.set_weights([_UNSEEDED.normal(size=weight.shape) for weight in model.get_weights()])
    return model


def all_zeros() -> Any:
    """Begins alike whatever the seed, and rightly: there is nothing to draw."""
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile(optimizer="sgd", loss="mse")
    return model


_LEARNED = np.random.default_rng(2).normal(size=(6, 1)).astype("float32")


def learned_elsewhere() -> Any:
    model = regression()
    model.set_weights([_LEARNED, np.zeros(1, "float32")])
    return model


class Masked(layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Holds minus infinity where nothing is to be seen."""

    def build(self, shape: Any) -> None:
        values = keras.initializers.Constant([0.0, 0.0, 0.0, float("-inf"), 0.0, 0.0])
        self.mask = self.add_weight(name="mask", shape=(shape[-1],), initializer=values, trainable=False)

    def call(self, x: Any) -> Any:
        return tf.nn.softmax(x + self.mask)


class Eager(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    """Its Python counts steps."""


def eager() -> Any:
    model = Eager([keras.Input((6,)), layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse", run_eagerly=True)
    return model


LEARNED_ELSEWHERE = Workload(learned_elsewhere, sums)
MASKED = Workload(lambda: regression(Masked()), sums)
EAGER = Workload(eager, sums)
SEEDED_BY_ITSELF = Workload(seeded_by_itself, classes, **BY_LOSS)
SEEDED_INITIALIZERS = Workload(seeded_initializers, classes, **BY_LOSS)
ONE_MODEL = Workload(one_model, classes)
ONE_LAYER = Workload(one_layer, sums)
ONE_OPTIMIZER = Workload(one_optimizer, sums)
CACHED_MODEL = Workload(cached_model, sums)
ANOTHER_RATE = Workload(another_rate_each_time, sums)
UNSEEDED_WEIGHTS = Workload(unseeded_weights, sums)
ALL_ZEROS = Workload(all_zeros, sums)


# Steps that are sensitive to how the data come


class BroadcastingStep(keras.Model):  # type: ignore[misc]  # Keras has no types
    """Its loss is another one where targets have no axis for themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.net = keras.Sequential([keras.Input((6,)), layers.Dense(1)])

    def call(self, x: Any) -> Any:
        return self.net(x)

    def train_step(self, data: Any) -> Any:
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self(x) - tf.cast(y, "float32")))
        weights = self.net.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))  # noqa: B905  as in `awkward`
        return {"examples": tf.cast(tf.shape(x)[0], "float32"), "my_loss": loss}


def broadcasting(rate: Any = 0.1) -> Any:
    model = BroadcastingStep()
    model.compile(optimizer=keras.optimizers.SGD(rate))
    return model


def as_a_series() -> Any:
    pandas = __import__("pandas")
    table = pandas.DataFrame(X, columns=list("abcdef"))
    table["y"] = X.sum(axis=1)
    return table[list("abcdef")], table["y"]


class Explodes(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras has no types
    def __call__(self, step: Any) -> Any:
        return tf.where(tf.cast(step, "float32") < 30, 0.1, float("inf"))

    def get_config(self) -> dict[str, Any]:
        return {}


class SilentlyLost(BroadcastingStep):
    """Its logs are fine whatever becomes of its weights."""

    def train_step(self, data: Any) -> Any:
        return {"steps": 0.0 * super().train_step(data)["examples"]}


def silently_lost() -> Any:
    model = SilentlyLost()
    model.compile(optimizer=keras.optimizers.SGD(Explodes()))
    return model


SERIES = Workload(broadcasting, as_a_series)
EXPLODES = Workload(lambda: broadcasting(Explodes()), sums)
SILENTLY_LOST = Workload(silently_lost, sums)
HARDLY_MOVES = Workload(lambda: broadcasting(1e-9), sums)
DOES_NOT_MOVE = Workload(lambda: regression(rate=0.0), sums)


# Pipelines


def of_another_size(batch_size: int) -> Any:
    del batch_size
    return tf.data.Dataset.from_tensor_slices((X, SUMS)).batch(32)


_CACHE: list[Any] = []


def kept_from_the_first_size(batch_size: int) -> Any:
    if not _CACHE:
        _CACHE.append(tf.data.Dataset.from_tensor_slices((X, SUMS)).batch(batch_size).cache())
    return _CACHE[0]


def of_half_the_size(batch_size: int) -> Any:
    return tf.data.Dataset.from_tensor_slices((X, SUMS)).batch(max(1, batch_size // 2))


def at_most_sixteen(batch_size: int) -> Any:
    return tf.data.Dataset.from_tensor_slices((X, SUMS)).batch(min(batch_size, 16))


def of_fewer_examples(batch_size: int) -> Any:
    return tf.data.Dataset.from_tensor_slices((X, SUMS)).take(10 * batch_size).batch(batch_size)


def once_only(batch_size: int) -> Any:
    starts = range(0, len(X), batch_size)
    batches = iter([(X[start : start + batch_size], SUMS[start : start + batch_size]) for start in starts])
    shapes = (tf.TensorSpec((None, 6), "float32"), tf.TensorSpec((None, 1), "float32"))
    return tf.data.Dataset.from_generator(lambda: batches, output_signature=shapes)


ONCE_ONLY = Workload(regression, once_only, examples=320)
ANOTHER_SIZE = Workload(regression, of_another_size)
KEPT_FROM_THE_FIRST_SIZE = Workload(regression, kept_from_the_first_size)
HALF_THE_SIZE = Workload(regression, of_half_the_size)
AT_MOST_SIXTEEN = Workload(regression, at_most_sixteen, reference_batch_size=16)
FEWER_EXAMPLES = Workload(regression, of_fewer_examples)
