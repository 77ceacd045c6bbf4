"""A deep dense network on scikit-learn's handwritten digits, which `batchmark.workloads.digits` parts."""

from typing import Any

from batchmark.workloads.digits import CLASSES, PIXELS, TRAINING_DIGITS, Digits, parted_digits, scaled
from batchmark.workloads.the_keras import the_keras
from batchmark.workloads.workload import Data, Split, Workload

HIDDEN_LAYERS = 4
HIDDEN_UNITS = 64


def load_data() -> Data:
    """Return 1,000 training and 797 test examples: x float32 (n, 64) from 0 to 1, y float32 (n, 10), one-hot.

    Raises WorkloadError: scikit-learn gives other digits than those measured before.
    """
    train, test = parted_digits("digits-mlp")
    return Data(train=_split(train), validation=_split(test))


def build_model(learning_rate: float) -> Any:  # noqa: ANN401  Keras has no types
    """Return the network, compiled: 64 inputs, four hidden layers of 64 ReLU units, 10 classes, Adam."""
    keras = the_keras()

    pixels = keras.Input(shape=(PIXELS,))
    hidden = pixels
    for _ in range(HIDDEN_LAYERS):
        hidden = keras.layers.Dense(HIDDEN_UNITS, activation="relu", kernel_initializer="he_uniform")(hidden)
    model = keras.Model(pixels, keras.layers.Dense(CLASSES, activation="softmax")(hidden))
    model.compile(
        loss="categorical_crossentropy",
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        metrics=["accuracy"],
    )
    return model


def _split(digits: Digits) -> Split:
    return Split(scaled(digits.pixels), digits.one_hot)


DIGITS_MLP = Workload(
    build_model,
    load_data,
    name="digits-mlp",
    version=1,
    description="8×8 handwritten digits, four hidden layers of 64 units",
    examples=TRAINING_DIGITS,
    epochs=15,
    reference_batch_size=32,
    quality_metric="accuracy",
    # What one training could just have seen: its test set's standard error is sqrt(0.963 * 0.037 / 797) = 0.007.
    quality_margin=0.007,
    learning_rate=0.001,
    # At one learning rate, and so many epochs, smaller and larger batches train to another quality: what is to
    # be equal is the power of two and its neighbours.
    quality_batch_sizes="31,33",
    default_batch_sizes="2,4,8,16,32..64*,128,50,100,200,full",
    budget_seconds=75.0,
)
"""Small images, a network whose time at small batch sizes is all in the steps."""
