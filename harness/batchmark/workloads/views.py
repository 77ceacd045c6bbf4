"""Views of images: each a little turned, shifted and noisy, made beforehand from a seed."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.workloads.digits import BRIGHTEST, SIDE

MOST_TURNED = np.pi / 18
"""Radians, either way: 10 degrees."""
MOST_SHIFTED = 0.75
"""Pixels, either way, down and across."""
NOISE = 1.5
"""The standard deviation of what is added to a pixel, whose brightness is from 0 to 16."""


def views_of(pixels: NDArray[np.uint8], *, views: int, seed: int) -> NDArray[np.uint8]:
    """Return `views` views of each image: shape (images, views, 64), whole numbers from 0 to 16.

    `pixels`: shape (images, 64). What comes in from outside an image is dark.
    """
    # scikit-learn, which has the images, brings it; a moment to import.
    from scipy.ndimage import map_coordinates  # noqa: PLC0415

    generator = np.random.default_rng(seed)
    shape = (len(pixels), views, 1, 1)
    turned = generator.uniform(-MOST_TURNED, MOST_TURNED, shape)
    shifted = generator.uniform(-MOST_SHIFTED, MOST_SHIFTED, (2, *shape))
    noise = generator.normal(scale=NOISE, size=(*shape[:2], SIDE * SIDE))
    middle = (SIDE - 1) / 2
    down, across = np.indices((SIDE, SIDE)) - middle
    rows = np.cos(turned) * down - np.sin(turned) * across + middle + shifted[0]
    columns = np.sin(turned) * down + np.cos(turned) * across + middle + shifted[1]
    images = np.broadcast_to(np.arange(len(pixels)).reshape(-1, 1, 1, 1), rows.shape)
    whole: Any = map_coordinates(
        pixels.reshape(-1, SIDE, SIDE).astype(np.float64), (images, rows, columns), order=1, mode="constant"
    )
    found: NDArray[np.uint8] = np.clip(np.rint(whole.reshape(noise.shape) + noise), 0, BRIGHTEST).astype(np.uint8)
    return found
