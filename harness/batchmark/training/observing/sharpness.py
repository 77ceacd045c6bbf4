"""How much the loss can rise in a small box around the weights.

Source: Keskar, Mudigere, Nocedal, Smelyanskiy, Tang, "On Large-Batch Training for Deep Learning: Generalization Gap and
Sharp Minima", 2017, openreview H1oyRlYgg (arXiv 1609.04836), metric 2.1 with A the identity. Deviation: the paper
maximises by ten steps of L-BFGS-B from the weights; here these follow ascent by the gradient's sign.
"""

from collections.abc import Callable

import numpy as np

from batchmark.training.observing.landscape import Vector

MOST_EXAMPLES = 2_000
"""Training examples that the loss is computed on, where there are more: the same ones at each look of each training."""
SIGN_STEPS = 10
"""From each of two starts."""
NEWTON_STEPS = 10
_MOST_EVALUATIONS = 2 * NEWTON_STEPS

Rises = Callable[[Vector], tuple[float, Vector]]
"""Takes a place in the box, and returns the function's value and gradient there."""


def sharpness(function: Rises, weights: Vector, *, box: float, generator: np.random.Generator) -> float:
    """Return by how much `function` rises in a box around `weights`, in per cent of 1 + its value.

    The box's half-width is `box` times a weight's absolute value plus one. What is returned is a lower bound, as any
    search for a maximum gives it, and never below 0; NaN of a loss that is below 0, or no finite number.
    """
    widths = box * (np.abs(weights) + 1)

    def in_box(place: Vector) -> tuple[float, Vector]:
        value, gradient = function(weights + widths * place)
        return value, widths * gradient

    begun, _ = function(weights)
    if not np.isfinite(begun) or begun < 0:
        # In per cent of one plus a loss below 0, as a similarity's is, it would tell nothing.
        return float("nan")
    highest = highest_in_cube(in_box, len(weights), generator=generator)
    return float((highest - begun) / (1 + begun) * 100)


def highest_in_cube(function: Rises, dimensions: int, *, generator: np.random.Generator) -> float:
    """Return the highest value found of a function on the cube from -1 to 1, its middle included.

    Ascent by the gradient's sign, from the middle and from a random place: at first from corner to corner, where a
    convex function has its maximum; a step that doesn't rise is halved. It is quick in many dimensions, but all of
    them share the step. So L-BFGS-B goes on from the better end, to what is within the cube in some of them. Some
    forty evaluations at most; a value that is no number is passed over.
    """
    # Imported where it is used: what trains can do without.
    from scipy.optimize import minimize  # noqa: PLC0415

    seen = _Highest(function)
    for start in (np.zeros(dimensions), generator.uniform(-1, 1, dimensions)):
        _by_sign(seen, start)
    minimize(
        seen.downwards,
        seen.place,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-1.0, 1.0)] * dimensions,
        # Tolerances below what float32 can tell: it stops by the number of steps.
        options={"maxiter": NEWTON_STEPS, "maxfun": _MOST_EVALUATIONS, "ftol": 1e-9, "gtol": 0.0},
    )
    return seen.value


class _Highest:
    """A function that remembers its highest value."""

    def __init__(self, function: Rises) -> None:
        self._function = function
        self.value = -np.inf
        self.place: Vector = np.zeros(0)

    def __call__(self, place: Vector) -> tuple[float, Vector]:
        value, gradient = self._function(place)
        if np.isfinite(value) and (value > self.value or not self.place.size):
            self.value, self.place = value, place.copy()
        return value, gradient

    def downwards(self, place: Vector) -> tuple[float, Vector]:
        """Return the negative function, as who minimises wants it."""
        value, gradient = self(place)
        return -value, -gradient


def _by_sign(function: Rises, start: Vector) -> None:
    place, (value, gradient) = start, function(start)
    # Two takes any place to a corner.
    step = 2.0
    for _ in range(SIGN_STEPS):
        tried = np.clip(place + step * np.sign(gradient), -1, 1)
        reached, steepest = function(tried)
        if reached > value:
            place, value, gradient = tried, reached, steepest
        elif np.array_equal(tried, place):
            return
        else:
            step /= 2
