"""What is seen of the gradient's noise: its squared length at two batch sizes, and its variance over batches."""

from collections.abc import Callable, Sequence

import numpy as np

from batchmark.training.map_parts import Indices
from batchmark.training.observing.draws import Draws
from batchmark.training.observing.landscape import Vector
from batchmark.training.observing.layers import Layer

Gradient = Callable[[Indices], Vector]


def squared_lengths(gradient: Gradient, draws: Draws, *, sizes: tuple[int, int], batches: int) -> tuple[float, float]:
    """Return the mean squared length of the gradients of `batches` batches of each of two `sizes`, small and large.

    No example is in two batches, of whichever size, as long as there are examples.

    Source: McCandlish et al. 2018, arXiv 1812.06162, appendix A.1, whose two formulas make the noise scale of these.
    Batches are drawn without replacement: their squared lengths are those of independent examples less tr Σ/N, at both
    sizes. tr Σ doesn't feel it; |G|² of the N training examples does (`batchmark.analysis.noise_scale`).
    """
    # One size after the other: TensorFlow took eight times as long where the size changed from call to call.
    small, large = (
        float(np.mean([_squared_length(gradient(draws.next(size).indices)) for _ in range(batches)])) for size in sizes
    )
    return small, large


def variances(gradient: Gradient, draws: Draws, layers: Sequence[Layer], *, size: int, batches: int) -> list[float]:
    """Return, for each layer, the variance of its gradient over batches of `size`, summed over the layer's weights.

    That of batches of independent examples, which is exactly in proportion to 1/size, estimated without bias. Batches
    of one training set vary less, and those of one pass over it are not independent: with S² the variance of an
    example's gradient, N examples, and q the share of pairs of batches that are of one pass, the expected variance
    over the batches is S² (1/size - (1 - q)/N). It is multiplied by what makes it S²/size. Where every batch is the
    whole set there is nothing to multiply: NaN.
    """
    drawn = [draws.next(size) for _ in range(batches)]
    of_one_pass = np.bincount([batch.pass_number for batch in drawn])
    q = float(np.sum(of_one_pass * (of_one_pass - 1.0)) / (batches * (batches - 1.0)))
    share = 1 - (1 - q) * size / draws.examples
    if share <= 0:
        return [float("nan")] * len(layers)
    # Welford's: a thousand gradients needn't be in memory at once.
    mean, squares = np.zeros(0), np.zeros(0)
    for number, batch in enumerate(drawn, start=1):
        found = gradient(batch.indices)
        if number == 1:
            mean, squares = found, np.zeros_like(found)
            continue
        off = found - mean
        mean = mean + off / number
        squares = squares + off * (found - mean)
    total = squares / (batches - 1) / share
    return [float(sum(total[own].sum() for own in layer.slices)) for layer in layers]


def _squared_length(vector: Vector) -> float:
    return float(vector @ vector)
