"""The nine example models of Keras' old benchmark suite (keras/benchmarks/keras_examples_benchmarks), as workloads.

The layers, losses and optimizers are the suite's. Smaller here, so that a CPU trains an epoch in a blink: images
(28×28 to 14×14, the hierarchical RNN's to 7×7, CIFAR-10's 32×32 to 12×12), the IRNN's sequence (784 to 49 steps), the
vocabulary (20,000 to 200), the text's length (200 to 20), Reuters' 1,000 words (to 200), the antirectifier's 784
inputs (to 196), and the widths of CIFAR-10's convolutions, of the LSTMs (64 and 128 to 16), their embedding (128 to
32) and most dense layers. The data are drawn by numpy: nothing is downloaded.
"""

from types import SimpleNamespace
from typing import Any

import keras
import numpy as np

from batchmark import Workload

if not hasattr(keras, "ops"):
    # Where TensorFlow brings Keras 2, `import keras` has only half the names.
    from tensorflow import keras

keras: Any  # type: ignore[no-redef]  # Keras has no types
layers: Any = keras.layers
BACKEND = keras.backend.backend()
if BACKEND == "tensorflow":
    import tensorflow as tf
elif BACKEND == "jax":
    import jax

# Keras 2 has no operations of its own.
ops = (
    keras.ops
    if hasattr(keras, "ops")
    else SimpleNamespace(
        arange=tf.range,
        concatenate=tf.concat,
        matmul=tf.matmul,
        mean=tf.reduce_mean,
        relu=tf.nn.relu,
        reshape=tf.reshape,
        shape=tf.shape,
        softmax=tf.nn.softmax,
        transpose=tf.transpose,
    )
)

# Note: `zip(strict=True)` was tried in the steps; rejected because `fit(jit_compile=True)` converts a step by
# autograph, and TensorFlow 2.12's doesn't know it.

EXAMPLES = 90  # five batches of 16 and a partial one
CLASSES = 10
VOCABULARY, TEXT_LENGTH = 200, 20
WORDS, TOPICS = 200, 46


def _images(side: int, channels: int, seed: int) -> tuple[Any, Any]:
    draw = np.random.default_rng(seed)
    x = draw.random((EXAMPLES, side, side, channels), dtype="float32")
    return x, np.eye(CLASSES, dtype="float32")[draw.integers(CLASSES, size=EXAMPLES)]


def _texts(seed: int) -> tuple[Any, Any]:
    draw = np.random.default_rng(seed)
    x = draw.integers(VOCABULARY, size=(EXAMPLES, TEXT_LENGTH), dtype="int32")
    return x, draw.integers(2, size=EXAMPLES)


# mnist_conv


def _convnet_layers() -> list[Any]:
    return [
        layers.Conv2D(32, (3, 3), activation="relu"),
        layers.MaxPooling2D((2, 2)),
        layers.Conv2D(64, (3, 3), activation="relu"),
        layers.MaxPooling2D((2, 2)),
        layers.Flatten(),
        layers.Dropout(0.5, seed=1),
        layers.Dense(CLASSES, activation="softmax"),
    ]


def build_mnist_convnet() -> Any:
    model = keras.Sequential([keras.Input((14, 14, 1)), *_convnet_layers()])
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def load_mnist() -> tuple[Any, Any]:
    return _images(14, 1, seed=1)


MNIST_CONVNET = Workload(build_mnist_convnet, load_mnist)


# mnist_conv_custom_training: a loop written by hand is given to `fit` as a train_step


class ConvnetWithItsOwnStep(keras.Model):  # type: ignore[misc]  # Keras has no types
    def __init__(self) -> None:
        super().__init__()
        self.network = keras.Sequential([keras.Input((14, 14, 1)), *_convnet_layers()])
        self.loss_of_each = keras.losses.CategoricalCrossentropy(reduction="none")
        self.mean_loss = keras.metrics.Mean(name="loss")

    def call(self, x: Any, training: bool = False) -> Any:  # noqa: FBT001, FBT002  Keras passes it so
        return self.network(x, training=training)

    @property
    def metrics(self) -> list[Any]:
        return [self.mean_loss]


class OnTensorFlow(ConvnetWithItsOwnStep):
    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            losses = self.loss_of_each(y, self(x, training=True))
            loss = tf.nn.compute_average_loss(losses)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))  # noqa: B905
        self.mean_loss.update_state(losses)
        return {"loss": self.mean_loss.result()}


class OnJax(ConvnetWithItsOwnStep):
    def _loss_and_more(self, trained: Any, beside: Any, x: Any, y: Any) -> Any:
        predicted, beside = self.stateless_call(trained, beside, x, training=True)
        losses = self.loss_of_each(y, predicted)
        return losses.mean(), (losses, beside)

    def train_step(self, state: Any, data: Any) -> Any:
        trained, beside, optimizer, metrics = state
        differentiated = jax.value_and_grad(self._loss_and_more, has_aux=True)
        (_, (losses, beside)), gradients = differentiated(trained, beside, *data)
        trained, optimizer = self.optimizer.stateless_apply(optimizer, gradients, trained)
        metrics = self.mean_loss.stateless_update_state(metrics, losses)
        return {"loss": self.mean_loss.stateless_result(metrics)}, (trained, beside, optimizer, metrics)


class OnPyTorch(ConvnetWithItsOwnStep):
    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        self.zero_grad()
        losses = self.loss_of_each(y, self(x, training=True))
        losses.mean().backward()
        weights = list(self.trainable_weights)
        with keras.src.backend.torch.core.torch.no_grad():
            self.optimizer.apply([weight.value.grad for weight in weights], weights)
        self.mean_loss.update_state(losses.detach())
        return {"loss": self.mean_loss.result()}


def build_mnist_custom_training() -> Any:
    model = {"tensorflow": OnTensorFlow, "jax": OnJax, "torch": OnPyTorch}[BACKEND]()
    model.compile(optimizer="adam")
    return model


MNIST_CUSTOM_TRAINING = Workload(build_mnist_custom_training, load_mnist)


# mnist_irnn


def build_mnist_irnn() -> Any:
    recurrent = layers.SimpleRNN(
        100,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.001),
        recurrent_initializer=keras.initializers.Identity(gain=1.0),
        activation="relu",
    )
    model = keras.Sequential([keras.Input((49, 1)), recurrent, layers.Dense(CLASSES), layers.Activation("softmax")])
    optimizer = keras.optimizers.RMSprop(learning_rate=1e-6)
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def load_mnist_pixels() -> tuple[Any, Any]:
    x, y = load_small_mnist()
    return x.reshape(EXAMPLES, -1, 1), y


MNIST_IRNN = Workload(build_mnist_irnn, load_mnist_pixels)


# mnist_hierarchical_rnn


def build_mnist_hierarchical_rnn() -> Any:
    inputs = keras.Input((7, 7, 1))
    encoded_rows = layers.TimeDistributed(layers.LSTM(16))(inputs)
    encoded_columns = layers.LSTM(16)(encoded_rows)
    model = keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(encoded_columns))
    model.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def load_small_mnist() -> tuple[Any, Any]:
    return _images(7, 1, seed=2)


MNIST_HIERARCHICAL_RNN = Workload(build_mnist_hierarchical_rnn, load_small_mnist)


# cifar10_cnn


def build_cifar10_cnn() -> Any:
    model = keras.Sequential([keras.Input((12, 12, 3))])
    for filters in (16, 32):
        model.add(layers.Conv2D(filters, (3, 3), padding="same"))
        model.add(layers.Activation("relu"))
        model.add(layers.Conv2D(filters, (3, 3)))
        model.add(layers.Activation("relu"))
        model.add(layers.MaxPooling2D((2, 2)))
        model.add(layers.Dropout(0.25, seed=filters))
    model.add(layers.Flatten())
    model.add(layers.Dense(128))
    model.add(layers.Activation("relu"))
    model.add(layers.Dropout(0.5, seed=1))
    model.add(layers.Dense(CLASSES))
    model.add(layers.Activation("softmax"))
    # The suite's `decay=1e-6`, as today's optimizers take it.
    decaying = keras.optimizers.schedules.InverseTimeDecay(1e-4, decay_steps=1, decay_rate=1e-6)
    optimizer = keras.optimizers.RMSprop(learning_rate=decaying)
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def load_cifar10() -> tuple[Any, Any]:
    return _images(12, 3, seed=3)


CIFAR10_CNN = Workload(build_cifar10_cnn, load_cifar10)


# bidirectional_lstm


def build_bidirectional_lstm() -> Any:
    inputs = keras.Input((None,), dtype="int32")
    x = layers.Embedding(VOCABULARY, 32)(inputs)
    x = layers.Bidirectional(layers.LSTM(16, return_sequences=True))(x)
    x = layers.Bidirectional(layers.LSTM(16))(x)
    model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


def load_reviews() -> tuple[Any, Any]:
    return _texts(seed=4)


BIDIRECTIONAL_LSTM = Workload(build_bidirectional_lstm, load_reviews)


# text_classification_transformer


class TokenAndPosition(layers.Layer):  # type: ignore[misc]  # Keras has no types
    def __init__(self, length: int, vocabulary: int, width: int) -> None:
        super().__init__()
        self.tokens = layers.Embedding(vocabulary, width)
        self.positions = layers.Embedding(length, width)

    def call(self, x: Any) -> Any:
        return self.tokens(x) + self.positions(ops.arange(ops.shape(x)[-1]))


class SelfAttention(layers.Layer):  # type: ignore[misc]  # Keras has no types
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.width, self.heads = width, heads
        self.query, self.key, self.value = (layers.Dense(width) for _ in range(3))
        self.combined = layers.Dense(width)

    def call(self, x: Any) -> Any:
        examples = ops.shape(x)[0]
        query, key, value = (self._by_head(part(x), examples) for part in (self.query, self.key, self.value))
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) / (self.width // self.heads) ** 0.5
        attended = ops.transpose(ops.matmul(ops.softmax(scores), value), (0, 2, 1, 3))
        return self.combined(ops.reshape(attended, (examples, -1, self.width)))

    def _by_head(self, x: Any, examples: Any) -> Any:
        return ops.transpose(ops.reshape(x, (examples, -1, self.heads, self.width // self.heads)), (0, 2, 1, 3))


class TransformerBlock(layers.Layer):  # type: ignore[misc]  # Keras has no types
    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.attention = SelfAttention(width, heads)
        self.feed_forward = keras.Sequential([layers.Dense(hidden, activation="relu"), layers.Dense(width)])
        self.norms = [layers.LayerNormalization(epsilon=1e-6) for _ in range(2)]
        self.dropouts = [layers.Dropout(0.1, seed=seed) for seed in (1, 2)]

    def call(self, x: Any, training: bool = False) -> Any:  # noqa: FBT001, FBT002  Keras passes it so
        attended = self.norms[0](x + self.dropouts[0](self.attention(x), training=training))
        return self.norms[1](attended + self.dropouts[1](self.feed_forward(attended), training=training))


def build_text_transformer() -> Any:
    inputs = keras.Input((TEXT_LENGTH,))
    x = TokenAndPosition(TEXT_LENGTH, VOCABULARY, width=32)(inputs)
    x = layers.GlobalAveragePooling1D()(TransformerBlock(width=32, heads=2, hidden=32)(x))
    x = layers.Dense(20, activation="relu")(layers.Dropout(0.1, seed=3)(x))
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(layers.Dropout(0.1, seed=4)(x)))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


TEXT_TRANSFORMER = Workload(build_text_transformer, load_reviews)


# reuters_mlp


def build_reuters_mlp() -> Any:
    hidden = [layers.Dense(64), layers.Activation("relu"), layers.Dropout(0.5, seed=1)]
    model = keras.Sequential([keras.Input((WORDS,)), *hidden, layers.Dense(TOPICS), layers.Activation("softmax")])
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def load_reuters() -> tuple[Any, Any]:
    draw = np.random.default_rng(5)
    words_that_occur = (draw.random((EXAMPLES, WORDS)) < 0.1).astype("float64")  # the suite's tokenizer gives float64
    return words_that_occur, np.eye(TOPICS, dtype="float32")[draw.integers(TOPICS, size=EXAMPLES)]


REUTERS_MLP = Workload(build_reuters_mlp, load_reuters)


# antirectifier


class Antirectifier(layers.Layer):  # type: ignore[misc]  # Keras has no types
    def build(self, input_shape: Any) -> None:
        width = input_shape[-1]
        self.kernel = self.add_weight(shape=(2 * width, width), initializer="he_normal", name="kernel")

    def call(self, x: Any) -> Any:
        centred = x - ops.mean(x, axis=-1, keepdims=True)
        return ops.matmul(ops.concatenate([ops.relu(centred), ops.relu(-centred)], axis=-1), self.kernel)


def build_antirectifier() -> Any:
    hidden = [layers.Dense(64), Antirectifier(), layers.Dense(64), Antirectifier(), layers.Dropout(0.5, seed=1)]
    model = keras.Sequential([keras.Input((196,)), *hidden, layers.Dense(CLASSES)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="rmsprop", loss=loss, metrics=["sparse_categorical_accuracy"])
    return model


def load_flat_mnist() -> tuple[Any, Any]:
    x, y = load_mnist()
    return x.reshape(EXAMPLES, -1), y.argmax(axis=1).astype("uint8")


ANTIRECTIFIER = Workload(build_antirectifier, load_flat_mnist)

WORKLOADS = tuple(name for name, value in list(globals().items()) if isinstance(value, Workload))
"""The names of the nine, for tests that try each."""

RANDOM = frozenset(
    {"MNIST_CONVNET", "MNIST_CUSTOM_TRAINING", "CIFAR10_CNN", "TEXT_TRANSFORMER", "REUTERS_MLP", "ANTIRECTIFIER"}
)
"""Those with dropout. XLA draws other random numbers than a graph: no epoch in it equals one of a `fit` without it."""
