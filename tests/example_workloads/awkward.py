"""Small models that an epoch loop of one's own easily gets wrong, as workloads: 90 examples each."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras  # `import keras` has only half the names where TensorFlow brings Keras 2
from tensorflow.keras import layers

from batchmark import Workload

# Note: `zip(strict=True)` was tried in the steps; rejected because `fit(jit_compile=True)` converts a step by
# autograph, and TensorFlow 2.12's doesn't know it.

EXAMPLES = 90  # five batches of 16 and a partial one
FEATURES, CLASSES = 6, 3
KERAS_3 = int(keras.__version__.partition(".")[0]) >= 3
TEXTS = np.array(["a red fox", "two grey foxes", "no fox at all"], dtype=object)


# Data


def _features(seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=(EXAMPLES, FEATURES)).astype("float32")


def _labels() -> Any:
    return np.random.default_rng(1).integers(CLASSES, size=EXAMPLES).astype("int32")


def _targets() -> Any:
    return _features().sum(axis=1, keepdims=True)


def labelled() -> tuple[Any, Any]:
    return _features(), _labels()


def real_valued() -> tuple[Any, Any]:
    return _features(), _targets()


def yes_or_no() -> tuple[Any, Any]:
    return _features(), (_targets() > 0).astype("float32")


# Models


def _sequential(*between: Any, outputs: int = CLASSES, activation: str | None = None) -> Any:
    hidden = between or (layers.Dense(8, activation="tanh"),)
    return keras.Sequential([keras.Input((FEATURES,)), *hidden, layers.Dense(outputs, activation=activation)])


def _classifier(*between: Any, optimizer: Any = "sgd", **settings: Any) -> Any:
    model = _sequential(*between)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"], **settings)
    return model


def _regression(*between: Any, optimizer: Any = "sgd") -> Any:
    model = _sequential(*between, outputs=1)
    model.compile(optimizer=optimizer, loss="mse", metrics=["mae"])
    return model


def _trained_by(make_optimizer: Callable[[], Any]) -> Workload:
    return Workload(lambda: _classifier(optimizer=make_optimizer()), labelled)


# Several inputs and outputs


def _two_inputs(inputs: Any) -> Any:
    first, second = inputs.values() if isinstance(inputs, dict) else inputs
    joined = layers.Concatenate()([layers.Dense(4)(first), layers.Dense(4)(second)])
    model = keras.Model(inputs, layers.Dense(1)(joined))
    model.compile(optimizer="sgd", loss="mse")
    return model


DICT_INPUTS = Workload(
    lambda: _two_inputs({name: keras.Input((FEATURES,), name=name) for name in ("left", "right")}),
    lambda: ({"left": _features(1), "right": _features(2)}, _targets()),
)
LIST_INPUTS = Workload(
    lambda: _two_inputs([keras.Input((FEATURES,)), keras.Input((FEATURES,))]),
    lambda: ([_features(1), _features(2)], _targets()),
)


def _two_outputs(*, named: bool) -> Any:
    inputs = keras.Input((FEATURES,))
    hidden = layers.Dense(8, activation="tanh")(inputs)
    value, kind = layers.Dense(1, name="value")(hidden), layers.Dense(3, activation="softmax", name="kind")(hidden)
    losses = {"value": "mse", "kind": "sparse_categorical_crossentropy"}
    if named:
        model = keras.Model(inputs, {"value": value, "kind": kind})
        metrics = {"value": ["mae"], "kind": ["accuracy"]}
        model.compile(optimizer="sgd", loss=losses, loss_weights={"value": 0.5, "kind": 2.0}, metrics=metrics)
    else:
        model = keras.Model(inputs, [value, kind])
        model.compile(optimizer="sgd", loss=list(losses.values()))
    return model


LIST_OUTPUTS = Workload(lambda: _two_outputs(named=False), lambda: (_features(), [_targets(), _labels()]))
DICT_OUTPUTS = Workload(
    lambda: _two_outputs(named=True), lambda: (_features(), {"value": _targets(), "kind": _labels()})
)


# Labels, weights, dtypes


def _one_hot_classifier() -> Any:
    model = _sequential(activation="softmax")
    model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def _weighted() -> Any:
    model = _sequential(outputs=1)
    model.compile(optimizer="sgd", loss="mse", weighted_metrics=["mae"])
    return model


SPARSE_LABELS = Workload(_classifier, labelled)
ONE_HOT_LABELS = Workload(_one_hot_classifier, lambda: (_features(), np.eye(CLASSES, dtype="float32")[_labels()]))
REGRESSION = Workload(_regression, real_valued)
SAMPLE_WEIGHTS = Workload(_weighted, lambda: (*real_valued(), np.linspace(0, 2, EXAMPLES, dtype="float32")))
FLAT_TARGETS = Workload(_regression, lambda: (_features(), _targets()[:, 0]))
DOUBLE_PRECISION_DATA = Workload(_regression, lambda: tuple(part.astype("float64") for part in real_valued()))
BYTES_AS_DATA = Workload(
    lambda: _classifier(layers.Rescaling(1 / 255), layers.Dense(8)),
    lambda: ((np.abs(_features()) * 50).astype("uint8"), _labels().astype("uint8")),
)
TENSORS_AS_DATA = Workload(_regression, lambda: tuple(tf.constant(part) for part in real_valued()))


# Models of one's own


class Subclassed(keras.Model):  # type: ignore[misc]  # Keras has no types
    """Has no variables before it sees data."""

    def __init__(self, outputs: int = 1) -> None:
        super().__init__()
        self.hidden, self.output_layer = layers.Dense(8, activation="tanh"), layers.Dense(outputs)

    def call(self, x: Any) -> Any:
        return self.output_layer(self.hidden(x))

    def _learn(self, x: Any, y: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            error = self(x, training=True) - y
            loss = tf.reduce_mean(tf.square(error))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))  # noqa: B905
        return loss, error


class LogsOfItsOwn(Subclassed):
    """What the step returns is no metric of the model: `fit` logs the last step's."""

    def train_step(self, data: Any) -> dict[str, Any]:
        loss, error = self._learn(*data)
        return {"loss": loss, "largest_error": tf.reduce_max(tf.abs(error))}


class UntrackedLoss(Subclassed):
    """Its only log has a metric's name, and that metric is never updated: Keras 3's `fit` logs 0."""

    def train_step(self, data: Any) -> dict[str, Any]:
        return {"loss": self._learn(*data)[0]}


class TrackersOfItsOwn(Subclassed):
    def __init__(self) -> None:
        super().__init__()
        self.mean_loss = keras.metrics.Mean(name="loss")
        self.absolute = keras.metrics.MeanAbsoluteError(name="absolute")

    @property
    def metrics(self) -> list[Any]:
        return [self.mean_loss, self.absolute]

    def train_step(self, data: Any) -> dict[str, Any]:
        loss, error = self._learn(*data)
        self.mean_loss.update_state(loss)
        self.absolute.update_state(tf.zeros_like(error), error)
        return {metric.name: metric.result() for metric in self.metrics}


class OfSomeExamples(Subclassed):
    """Learns from a part of each batch, of a size known only when it runs."""

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        chosen = tf.reshape(tf.where(y[:, 0] > 0), (-1,))
        return {"chosen_loss": self._learn(tf.gather(x, chosen), tf.gather(y, chosen))[0]}


class StepInPython(Subclassed):
    """Leaves the graph in its step: XLA can't compile that."""

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        limited = tf.numpy_function(lambda values: np.clip(values, -1, 1), [y], "float32")
        return {"limited_loss": self._learn(x, tf.reshape(limited, tf.shape(y)))[0]}


class StepThatAutographBreaks(Subclassed):
    """`fit` doesn't convert a step by autograph, and TensorFlow 2.12's autograph fails on this one."""

    def train_step(self, data: Any) -> dict[str, Any]:
        loss, error = self._learn(*data)
        values = zip(("own_loss", "own_error"), (loss, tf.reduce_max(error)), strict=True)
        return dict(values)


def _own(model: Any, **settings: Any) -> Any:
    model.compile(optimizer="sgd", **settings)
    return model


SUBCLASSED = Workload(lambda: _own(Subclassed(), loss="mse", metrics=["mae"]), real_valued)
LOGS_OF_ITS_OWN = Workload(lambda: _own(LogsOfItsOwn()), real_valued)
UNTRACKED_LOSS = Workload(lambda: _own(UntrackedLoss()), real_valued)
TRACKERS_OF_ITS_OWN = Workload(lambda: _own(TrackersOfItsOwn()), real_valued)
DYNAMIC_SHAPES = Workload(lambda: _own(OfSomeExamples()), real_valued)
STEP_THAT_AUTOGRAPH_BREAKS = Workload(lambda: _own(StepThatAutographBreaks()), real_valued)
STEP_IN_PYTHON = Workload(lambda: _own(StepInPython()), real_valued)


class Autoencoder(Subclassed):
    def train_step(self, data: Any) -> dict[str, Any]:
        x = data[0] if isinstance(data, tuple) else data
        return {"reconstruction": self._learn(x, x)[0]}


class Gan(keras.Model):  # type: ignore[misc]  # Keras has no types
    """Two networks, two optimizers, neither `call` nor `optimizer`."""

    def __init__(self, *, seeded: bool) -> None:
        super().__init__()
        self.seeded = seeded
        self.generator = keras.Sequential([keras.Input((2,)), layers.Dense(FEATURES)])
        self.judge = _sequential(outputs=1)
        self.loss_of = keras.losses.BinaryCrossentropy(from_logits=True)
        self.generator_loss = keras.metrics.Mean(name="generator_loss")
        self.judge_loss = keras.metrics.Mean(name="judge_loss")

    def compile(self, generator_optimizer: Any, judge_optimizer: Any) -> None:
        super().compile()
        self.generator_optimizer, self.judge_optimizer = generator_optimizer, judge_optimizer

    @property
    def metrics(self) -> list[Any]:
        return [self.generator_loss, self.judge_loss]

    def train_step(self, data: Any) -> dict[str, Any]:
        real = data[0] if isinstance(data, tuple) else data
        size = tf.shape(real)[0]
        labels = tf.concat([tf.ones((size, 1)), tf.zeros((size, 1))], axis=0)
        for part, optimizer, tracker in (
            (self.judge, self.judge_optimizer, self.judge_loss),
            (self.generator, self.generator_optimizer, self.generator_loss),
        ):
            with tf.GradientTape() as tape:
                made = self.generator(self._noise(size, optimizer), training=True)
                if part is self.judge:
                    loss = self.loss_of(labels, self.judge(tf.concat([real, made], axis=0), training=True))
                else:
                    loss = self.loss_of(tf.ones((size, 1)), self.judge(made, training=True))
            gradients = tape.gradient(loss, part.trainable_variables)
            optimizer.apply_gradients(zip(gradients, part.trainable_variables))  # noqa: B905
            tracker.update_state(loss)
        return {metric.name: metric.result() for metric in self.metrics}

    def _noise(self, size: Any, optimizer: Any) -> Any:
        if self.seeded:
            step = tf.cast(tf.convert_to_tensor(optimizer.iterations), "int32")
            return tf.random.stateless_normal((size, 2), seed=tf.stack([7, step]))
        return tf.random.normal((size, 2))


def _gan(*, seeded: bool) -> Any:
    model = Gan(seeded=seeded)
    model.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
    return model


GAN = Workload(lambda: _gan(seeded=True), lambda: (_features(),))
GAN_WITH_STATEFUL_NOISE = Workload(lambda: _gan(seeded=False), lambda: (_features(),))


# Layers with a state, a loss or a randomness of their own


class Sparseness(layers.Layer):  # type: ignore[misc]  # Keras has no types
    def call(self, x: Any) -> Any:
        self.add_loss(0.01 * tf.reduce_mean(tf.abs(x)))
        return x


class ReconstructionLoss(layers.Layer):  # type: ignore[misc]  # Keras has no types
    def call(self, pair: Any) -> Any:
        x, made = pair
        self.add_loss(tf.reduce_mean(tf.square(x - made)))
        return made


def _trained_by_add_loss() -> Any:
    inputs = keras.Input((FEATURES,))
    made = layers.Dense(FEATURES)(layers.Dense(2)(inputs))
    return _own(keras.Model(inputs, ReconstructionLoss()([inputs, made])))


def _regularized() -> Any:
    dense = layers.Dense(8, kernel_regularizer="l2", bias_regularizer="l1", activity_regularizer="l2")
    return _classifier(dense)


def _half_frozen() -> Any:
    frozen = layers.Dense(8, activation="tanh")
    frozen.trainable = False
    return _classifier(frozen, layers.Dense(8))


BATCH_NORMALISATION = Workload(lambda: _classifier(layers.Dense(8), layers.BatchNormalization()), labelled)
DROPOUT = Workload(lambda: _classifier(layers.Dense(16), layers.Dropout(0.5, seed=3)), labelled)
UNSEEDED_DROPOUT = Workload(lambda: _classifier(layers.Dense(16), layers.Dropout(0.5)), labelled)
NOISE = Workload(lambda: _classifier(layers.GaussianNoise(0.5, seed=3)), labelled)
REGULARIZERS = Workload(_regularized, labelled)
FROZEN_LAYER = Workload(_half_frozen, labelled)
ADD_LOSS = Workload(lambda: _classifier(layers.Dense(8), Sparseness()), labelled)
ONLY_X = Workload(_trained_by_add_loss, lambda: (_features(),))
AUTOENCODER = Workload(lambda: _own(Autoencoder(FEATURES)), lambda: (_features(),))


# Metrics with a state


def _measured(*metrics: Any, outputs: int = 1) -> Any:
    model = _sequential(outputs=outputs, activation="sigmoid" if outputs == 1 else "softmax")
    loss = "binary_crossentropy" if outputs == 1 else "sparse_categorical_crossentropy"
    model.compile(optimizer="sgd", loss=loss, metrics=list(metrics))
    return model


AUC = Workload(lambda: _measured(keras.metrics.AUC(name="auc")), yes_or_no)
PRECISION_AND_RECALL = Workload(lambda: _measured(keras.metrics.Precision(), keras.metrics.Recall()), yes_or_no)
MEAN_IOU = Workload(lambda: _measured(keras.metrics.MeanIoU(CLASSES, sparse_y_pred=False), outputs=CLASSES), labelled)


# Tokens and text


def _of_tokens(*before: Any, masked: bool = False) -> Any:
    length = () if before else (keras.Input((FEATURES,), dtype="int32"),)
    pooled = layers.SimpleRNN(8) if masked else layers.GlobalAveragePooling1D()
    model = keras.Sequential([*before, *length, layers.Embedding(50, 8, mask_zero=masked), pooled, layers.Dense(3)])
    model.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def tokens() -> tuple[Any, Any]:
    return np.random.default_rng(2).integers(50, size=(EXAMPLES, FEATURES)).astype("int32"), _labels()


def _of_words() -> Any:
    words = layers.StringLookup(vocabulary=["fox", "foxes", "red", "grey"])
    return _of_tokens(keras.Input((2,), dtype="string"), words)


def _of_text() -> Any:
    vectorized = layers.TextVectorization(max_tokens=50, output_sequence_length=4)
    vectorized.adapt(TEXTS)
    return _of_tokens(keras.Input((1,), dtype="string"), vectorized)


def words() -> tuple[Any, Any]:
    # tensors: numpy's own strings are nothing that both versions' `fit` takes
    return tf.constant([["red", "fox"] if label else ["grey", "foxes"] for label in _labels()]), _labels()


def texts() -> tuple[Any, Any]:
    return tf.constant(TEXTS[_labels()].reshape(-1, 1).tolist()), _labels()


def _normalized() -> Any:
    normalization = layers.Normalization()
    normalization.adapt(_features())
    return _classifier(normalization, layers.Dense(8))


EMBEDDING = Workload(_of_tokens, tokens)
MASKED_TOKENS = Workload(lambda: _of_tokens(masked=True), tokens)
NORMALIZATION = Workload(_normalized, labelled)
STRING_LOOKUP = Workload(_of_words, words)
TEXT_VECTORIZATION = Workload(_of_text, texts)


# Mixed precision


def _scaled_sgd() -> Any:
    module = keras.optimizers if KERAS_3 else keras.mixed_precision
    return module.LossScaleOptimizer(keras.optimizers.SGD(0.01))


MIXED_BFLOAT16 = Workload(lambda: _classifier(layers.Dense(8, dtype="mixed_bfloat16")), labelled)
MIXED_FLOAT16 = Workload(lambda: _classifier(layers.Dense(8, dtype="mixed_float16"), optimizer=_scaled_sgd()), labelled)


# Optimizers with a state, and how `compile` is told to run


def _decaying() -> Any:
    return keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=3, decay_rate=0.5, staircase=True)


ADAM = _trained_by(lambda: keras.optimizers.Adam(amsgrad=True))
ADAFACTOR = _trained_by(lambda: keras.optimizers.Adafactor())  # noqa: PLW0108  TensorFlow 2.12 has none to look up
ADAGRAD = _trained_by(keras.optimizers.Adagrad)
RMSPROP = _trained_by(lambda: keras.optimizers.RMSprop(momentum=0.9, centered=True))
NESTEROV = _trained_by(lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True))
EMA = _trained_by(lambda: keras.optimizers.AdamW(use_ema=True, ema_momentum=0.9))
EMA_EVERY_4_STEPS = _trained_by(lambda: keras.optimizers.AdamW(use_ema=True, ema_overwrite_frequency=4))
CLIPPED = _trained_by(lambda: keras.optimizers.SGD(0.5, global_clipnorm=0.1))
SCHEDULE = _trained_by(lambda: keras.optimizers.SGD(_decaying()))
ACCUMULATION = _trained_by(lambda: keras.optimizers.SGD(0.05, gradient_accumulation_steps=4))
SEVERAL_STEPS_PER_EXECUTION = Workload(lambda: _classifier(steps_per_execution=4), labelled)
EAGER = Workload(lambda: _classifier(run_eagerly=True), labelled)


# Data as a tf.data pipeline: it decides on batches and their order


def batches(batch_size: int) -> Any:
    return tf.data.Dataset.from_tensor_slices(labelled()).batch(batch_size)


def shuffled_batches(batch_size: int) -> Any:
    data = tf.data.Dataset.from_tensor_slices(labelled()).shuffle(EXAMPLES, seed=1, reshuffle_each_iteration=True)
    return data.batch(batch_size).prefetch(2)


def generated_batches(batch_size: int) -> Any:
    def examples() -> Iterator[tuple[Any, Any]]:
        yield from zip(*labelled(), strict=True)

    shapes = (tf.TensorSpec((FEATURES,), "float32"), tf.TensorSpec((), "int32"))
    return tf.data.Dataset.from_generator(examples, output_signature=shapes).batch(batch_size)


DATASET = Workload(_classifier, batches)
SHUFFLED_DATASET = Workload(_classifier, shuffled_batches)
GENERATOR = Workload(_classifier, generated_batches)

WORKLOADS = tuple(name for name, value in list(globals().items()) if isinstance(value, Workload))
"""The names of all of them, for tests that try each."""

ONLY_KERAS_3 = frozenset({"ACCUMULATION", "ADAFACTOR"})
"""Those that TensorFlow 2.12's Keras can't build."""

NOT_IN_XLA = frozenset({"STEP_IN_PYTHON", "STRING_LOOKUP", "TEXT_VECTORIZATION"})
"""XLA can't compile them; on strings, TensorFlow 2.21's ends the process instead of raising."""

RANDOM = frozenset({"DROPOUT", "UNSEEDED_DROPOUT", "NOISE", "GAN", "GAN_WITH_STATEFUL_NOISE"})
"""XLA draws other random numbers than a graph does: no epoch in it equals one of a `fit` without XLA."""

ROUNDED = frozenset({"MIXED_BFLOAT16", "MIXED_FLOAT16"})
"""XLA rounds elsewhere than a graph: equal to about 1e-4, not to float32's precision."""

ITS_OWN_ORDER = frozenset({"SHUFFLED_DATASET"})
"""Shuffled anew by each iterator made from it: what `fit` visits first depends on how many it makes beforehand."""
