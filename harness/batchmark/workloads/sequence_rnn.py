"""A recurrent network on generated sequences: which of six motifs is hidden in the noise?

A sequence is one motif of eight values, at any place and of any of three sizes, and noise. The noise is strong enough
that nobody tells all of them apart. Nothing but whole numbers is drawn, so the data are the same on every platform.

Source: the idea is that of Greydanus, Kobak, "Scaling Down Deep Learning with MNIST-1D", 2024, arXiv 2011.14439:
templates that are moved, scaled and blurred. Deviations: random motifs instead of digits, no blur, no shear.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.workloads.checked import require_data
from batchmark.workloads.the_keras import the_keras
from batchmark.workloads.workload import Data, Split, Workload

CLASSES = 6
LENGTH = 24
MOTIF_LENGTH = 8
TRAINING_EXAMPLES = 512
TEST_EXAMPLES = 1000
FRESH_EXAMPLES = 20_000
_SIZES = (3, 4, 5)
_NOISE = 8
_SCALE = 16
_SEED = 20_240
_SHA256 = "19e959a5bd4120dd62c3351b48cc38e4758dea916a2885835c1711a641267710"


def load_data() -> Data:
    """Return 512 training, 1,000 test and 20,000 fresh examples, of classes drawn at random.

    x: float32 (n, 24, 1), within about -4…4; y: float32 (n, 6), one-hot.

    Raises WorkloadError: numpy draws other numbers than those measured before.
    """
    sequences, labels = _draw(TRAINING_EXAMPLES + TEST_EXAMPLES + FRESH_EXAMPLES)
    require_data(
        "sequence-rnn", (sequences, labels), sha256=_SHA256, source="numpy 1.24.3 and 2.4.6 draw the expected numbers"
    )
    x = (sequences.astype(np.float32) / _SCALE)[..., np.newaxis]
    y = np.eye(CLASSES, dtype=np.float32)[labels]
    ends = np.cumsum((TRAINING_EXAMPLES, TEST_EXAMPLES))
    return Data(*(Split(*part) for part in zip(np.split(x, ends), np.split(y, ends), strict=True)))


def build_model(learning_rate: float) -> Any:  # noqa: ANN401  Keras has no types
    """Return the network, compiled: sequences of 24 values, a GRU of 24 units, 6 classes, RMSprop."""
    keras = the_keras()

    sequence = keras.Input(shape=(LENGTH, 1))
    classes = keras.layers.Dense(CLASSES, activation="softmax")(keras.layers.GRU(24)(sequence))
    model = keras.Model(sequence, classes)
    model.compile(
        loss="categorical_crossentropy",
        optimizer=keras.optimizers.RMSprop(learning_rate=learning_rate),
        metrics=["accuracy"],
    )
    return model


def _draw(examples: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return sequences, (examples, 24), and their classes, (examples,)."""
    # The older generator: numpy promises its stream for good, and default_rng's only within a version.
    chance = np.random.RandomState(_SEED)

    def draw(low: int, end: int, shape: int | tuple[int, ...]) -> NDArray[np.int32]:
        # Of 32 bits by name: the default is another type, and another stream, on Windows.
        return np.asarray(chance.randint(low, end, shape, dtype=np.int32))

    motifs = draw(-8, 9, (CLASSES, MOTIF_LENGTH))
    labels = draw(0, CLASSES, examples)
    sizes = np.asarray(_SIZES)[draw(0, len(_SIZES), examples)]
    places = draw(0, LENGTH - MOTIF_LENGTH + 1, examples)
    # The sum of four even draws is close to normal.
    sequences = draw(-_NOISE, _NOISE + 1, (4, examples, LENGTH)).sum(axis=0)
    within = places[:, np.newaxis] + np.arange(MOTIF_LENGTH)
    sequences[np.arange(examples)[:, np.newaxis], within] += sizes[:, np.newaxis] * motifs[labels]
    return sequences, labels


SEQUENCE_RNN = Workload(
    build_model,
    load_data,
    name="sequence-rnn",
    version=2,
    description="noisy sequences of 24 values, a GRU of 24 units",
    examples=TRAINING_EXAMPLES,
    # After 20 the accuracy still rises steeply, and a batch size that is a little slower to learn looks worse.
    epochs=40,
    reference_batch_size=32,
    quality_metric="accuracy",
    # The spread over seeds, 0.02, which is what one training could just have seen: the standard error of the
    # 1,000 test examples, sqrt(0.80 * 0.20 / 1000) = 0.013, is the smaller part.
    quality_margin=0.02,
    learning_rate=0.01,
    # At one learning rate, and so many epochs, smaller and larger batches train to another quality: what is to
    # be equal is the power of two and its neighbours.
    quality_batch_sizes="31,33",
    default_batch_sizes="1,4..64,31,33,50,full",
    budget_seconds=75.0,
)
"""A recurrent network: many small operations one after the other, so batch size matters much to it."""
