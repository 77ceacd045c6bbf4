"""One encoder on handwritten digits, trained three ways: by contrast, by labels, and not at all.

Training by contrast pulls the two views of an image together and pushes those of other images in the batch away, so
the batch size says how many others there are. What an encoder has learned is read by a linear probe: it is trained
on the encoder's features beside it, and doesn't change them. The three workloads have the same model, so the same
initial weights at a seed, the same views and the same probe; only what the encoder learns by differs.

Source: Chen, Kornblith, Norouzi, Hinton, "A Simple Framework for Contrastive Learning of Visual Representations", 2020,
arXiv 2002.05709 (NT-Xent, its equation 1, over two views of each image). Deviations: images of 8×8 pixels, a dense
encoder, Adam in place of LARS, views made once and not anew each epoch, and a probe that is trained along.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from batchmark.workloads.checked import require_data
from batchmark.workloads.digits import CLASSES, PIXELS, TRAINING_DIGITS, Digits, parted_digits, scaled
from batchmark.workloads.the_keras import the_keras
from batchmark.workloads.views import views_of
from batchmark.workloads.workload import Data, Split, Workload

PAIRS = 2
"""Pairs of views that are made of each training digit: each pair is an example."""
TRAINING_EXAMPLES = PAIRS * TRAINING_DIGITS
HIDDEN_UNITS = 64
FEATURES = 32
TEMPERATURE = 0.5
_VIEWS_SEED = 2_020
_SHA256 = "00df37622f7ab5c2b2b59755111fd2341e85addaa40c96d2b883d39fc23b0c01"
# More than any two views have in common.
_NO_CANDIDATE = -1e9

Tensor = Any
"""What Keras computes with; it and its models have no types."""
Model = Any
Loss = Callable[[Tensor, Tensor], Tensor]
"""Takes labels and outputs, and returns a loss of each example."""


def load_data() -> Data:
    """Return 2,000 pairs of views of 1,000 digits to train on, and 797 digits to test on, each its own two views.

    x: float32 (n, 128), one view after the other; y: float32 (n, 10), one-hot.

    Raises WorkloadError: scikit-learn gives other digits than those measured before, or numpy draws other views.
    """
    train, test = parted_digits("digits-contrastive")
    views = views_of(train.pixels, views=2 * PAIRS, seed=_VIEWS_SEED).reshape(-1, 2 * PIXELS)
    source = "scikit-learn 1.9.1, scipy 1.17.1 and numpy 2.4.6 give the expected views"
    require_data("digits-contrastive", (views,), sha256=_SHA256, source=source)
    return Data(
        train=Split(scaled(views), np.repeat(train.one_hot, PAIRS, axis=0)),
        validation=_untouched(test),
    )


def build_by_contrast(learning_rate: float) -> Model:
    """Return the model whose encoder learns to tell images apart, compiled with Adam. It needs Keras 3."""
    return _compiled(_by_contrast, learning_rate)


def build_by_labels(learning_rate: float) -> Model:
    """Return the model whose encoder learns the labels, compiled with Adam. It needs Keras 3."""
    return _compiled(_by_labels, learning_rate)


def build_untrained(learning_rate: float) -> Model:
    """Return the model whose encoder stays as it was drawn, compiled with Adam. It needs Keras 3."""
    return _compiled(_not_at_all, learning_rate)


def nt_xent(first: Tensor, second: Tensor) -> Tensor:
    """Return the normalized temperature-scaled cross-entropy of each pair of views in a batch, shape (n,).

    `first` and `second`: shape (n, dimensions), row by row of the same images. Of a pair: the mean over its two views
    of the cross-entropy of telling the other view from all other views in the batch; so the mean over the batch is the
    paper's loss, whatever the size of the batch, and the loss of a batch of one pair is 0.
    """
    ops = the_keras().ops
    pairs = ops.shape(first)[0]
    views = ops.normalize(ops.concatenate([first, second]), axis=-1)
    alike = ops.matmul(views, ops.transpose(views)) / TEMPERATURE
    others = alike + _NO_CANDIDATE * ops.eye(2 * pairs)
    both = ops.sum(views[:pairs] * views[pairs:], axis=-1) / TEMPERATURE
    of_views = ops.logsumexp(others, axis=-1)
    return (of_views[:pairs] + of_views[pairs:]) / 2 - both


def probe_accuracy(labels: Tensor, outputs: Tensor) -> Tensor:
    """Return the share of each example's two views whose class the probe finds, shape (n,)."""
    keras = the_keras()
    found = [keras.metrics.categorical_accuracy(labels, probed) for _, probed in _parted(outputs)]
    return (found[0] + found[1]) / 2


def _by_contrast(labels: Tensor, outputs: Tensor) -> Tensor:
    (first, _), (second, _) = _parted(outputs)
    return nt_xent(first, second) + _of_probe(labels, outputs)


def _by_labels(labels: Tensor, outputs: Tensor) -> Tensor:
    (first, _), (second, _) = _parted(outputs)
    return (_cross_entropy(labels, first) + _cross_entropy(labels, second)) / 2 + _of_probe(labels, outputs)


def _not_at_all(labels: Tensor, outputs: Tensor) -> Tensor:
    (first, _), (second, _) = _parted(outputs)
    # Times 0: Keras warns of weights without a gradient.
    return _of_probe(labels, outputs) + 0.0 * the_keras().ops.sum(first + second, axis=-1)


def _of_probe(labels: Tensor, outputs: Tensor) -> Tensor:
    (_, first), (_, second) = _parted(outputs)
    return (_cross_entropy(labels, first) + _cross_entropy(labels, second)) / 2


def _cross_entropy(labels: Tensor, logits: Tensor) -> Tensor:
    return the_keras().losses.categorical_crossentropy(labels, logits, from_logits=True)


def _parted(outputs: Tensor) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Return of each view what its head and its probe give: each of shape (n, 10)."""
    first, first_probed, second, second_probed = (outputs[:, CLASSES * at : CLASSES * (at + 1)] for at in range(4))
    return (first, first_probed), (second, second_probed)


def _compiled(loss: Loss, learning_rate: float) -> Model:
    """Return the model of all three: 128 inputs, and of each view 10 of the head and 10 of the probe.

    The head is as wide as there are classes, so that the projection that is contrasted and the logits that learn the
    labels have the same weights.
    """
    keras = the_keras()
    layers, ops = keras.layers, keras.ops

    views = keras.Input(shape=(2 * PIXELS,))
    # Each view a row: one product for both.
    hidden = layers.Dense(HIDDEN_UNITS, activation="relu", kernel_initializer="he_uniform")(
        ops.reshape(views, (-1, PIXELS))
    )
    features = layers.Dense(FEATURES, activation="tanh")(hidden)
    projected = layers.Dense(HIDDEN_UNITS, activation="relu", kernel_initializer="he_uniform")(features)
    head = layers.Dense(CLASSES)(projected)
    probe = layers.Dense(CLASSES)(ops.stop_gradient(features))
    outputs = ops.reshape(ops.concatenate([head, probe], axis=-1), (-1, 4 * CLASSES))
    model = keras.Model(views, outputs)
    model.compile(loss=loss, optimizer=keras.optimizers.Adam(learning_rate=learning_rate), metrics=[probe_accuracy])
    return model


def _untouched(digits: Digits) -> Split:
    return Split(np.tile(scaled(digits.pixels), 2), digits.one_hot)


DIGITS_CONTRASTIVE = Workload(
    build_by_contrast,
    load_data,
    name="digits-contrastive",
    version=1,
    description="8×8 handwritten digits, an encoder trained by contrast (NT-Xent), read by a linear probe",
    examples=TRAINING_EXAMPLES,
    epochs=10,
    reference_batch_size=64,
    quality_metric="probe_accuracy",
    quality_direction="higher",
    quality_margin=0.02,
    quality_if_stuck=0.1,
    learning_rate=0.005,
)
"""What a larger batch gives to contrast: more other images to tell from."""

DIGITS_SUPERVISED = replace(
    DIGITS_CONTRASTIVE,
    build_model=build_by_labels,
    name="digits-supervised",
    description="8×8 handwritten digits, the encoder of digits-contrastive trained by labels, read by the same probe",
)
"""Its twin, which has no use for the other examples of a batch."""

DIGITS_RANDOM_ENCODER = replace(
    DIGITS_CONTRASTIVE,
    build_model=build_untrained,
    name="digits-random-encoder",
    description="8×8 handwritten digits, the encoder of digits-contrastive not trained, read by the same probe",
)
"""Its twin that shows what the probe gains by itself."""
