"""A deep dense network on scikit-learn's handwritten digits.

Source: Alpaydin, Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998,
doi 10.24432/C50P49: its test part, 1,797 images of 8×8 pixels from 0 to 16, which scikit-learn ships. Deviation: the
training and the test set here are both of that part, and a writer is in both.
"""

from typing import Any

import numpy as np

from batchmark.workloads.checked import require_data
from batchmark.workloads.the_keras import the_keras
from batchmark.workloads.workload import Data, Split, Workload

CLASSES = 10
PIXELS = 64
HIDDEN_LAYERS = 4
HIDDEN_UNITS = 64
TRAINING_EXAMPLES = 1000
_BRIGHTEST = 16
_SHA256 = "c5ce461812be67be3a1b2ac918f0ab24054cbd9afba7f7fad6d6408c56ca9ca1"


def load_data() -> Data:
    """Return 1,000 training and 797 test examples: x float32 (n, 64) from 0 to 1, y float32 (n, 10), one-hot.

    Raises WorkloadError: scikit-learn gives other digits than those measured before.
    """
    # A second to import, and the controller reads workloads without their data.
    from sklearn.datasets import load_digits  # noqa: PLC0415

    pixels, labels = load_digits(return_X_y=True)
    pixels, labels = np.asarray(pixels).astype(np.uint8), np.asarray(labels).astype(np.uint8)
    require_data("digits-mlp", (pixels, labels), sha256=_SHA256, source="scikit-learn 1.9.1 gives the expected digits")
    # Taken from all over the set without chance: the writers stand one after the other in it.
    test = np.arange(len(labels)) * TRAINING_EXAMPLES % len(labels) >= TRAINING_EXAMPLES
    return Data(train=_split(pixels[~test], labels[~test]), validation=_split(pixels[test], labels[test]))


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


def _split(pixels: Any, labels: Any) -> Split:  # noqa: ANN401  scikit-learn has no types
    return Split(pixels.astype(np.float32) / _BRIGHTEST, np.eye(CLASSES, dtype=np.float32)[labels])


DIGITS_MLP = Workload(
    build_model,
    load_data,
    name="digits-mlp",
    version=1,
    description="8×8 handwritten digits, four hidden layers of 64 units",
    examples=TRAINING_EXAMPLES,
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
