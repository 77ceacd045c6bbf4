"""The handwritten digits that scikit-learn ships, checked, and always parted in the same way.

Source: Alpaydin, Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998,
doi 10.24432/C50P49: its test part, 1,797 images of 8×8 pixels from 0 to 16. Deviation: the training and the test set
here are both of that part, and a writer is in both.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.workloads.checked import require_data

CLASSES = 10
SIDE = 8
PIXELS = SIDE * SIDE
BRIGHTEST = 16
TRAINING_DIGITS = 1000
_SHA256 = "c5ce461812be67be3a1b2ac918f0ab24054cbd9afba7f7fad6d6408c56ca9ca1"


@dataclass(frozen=True)
class Digits:
    """Images with their labels: uint8, shapes (n, 64) and (n,)."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    @property
    def one_hot(self) -> NDArray[np.float32]:
        """The labels as float32, shape (n, 10)."""
        return np.eye(CLASSES, dtype=np.float32)[self.labels]


def scaled(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """Return brightnesses as float32, those from 0 to 16 as 0 to 1."""
    return pixels.astype(np.float32) / np.float32(BRIGHTEST)


def parted_digits(name: str) -> tuple[Digits, Digits]:
    """Return 1,000 training and 797 test digits, for the workload called `name`.

    Raises WorkloadError: scikit-learn gives other digits than those measured before.
    """
    # A second to import, and the controller reads workloads without their data.
    from sklearn.datasets import load_digits  # noqa: PLC0415

    pixels, labels = load_digits(return_X_y=True)
    pixels, labels = np.asarray(pixels).astype(np.uint8), np.asarray(labels).astype(np.uint8)
    require_data(name, (pixels, labels), sha256=_SHA256, source="scikit-learn 1.9.1 gives the expected digits")
    # Taken from all over the set without chance: the writers stand one after the other in it.
    test = np.arange(len(labels)) * TRAINING_DIGITS % len(labels) >= TRAINING_DIGITS
    return Digits(pixels[~test], labels[~test]), Digits(pixels[test], labels[test])
