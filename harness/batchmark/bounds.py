"""Where the numbers of a record lie, beside their types: what a stored file is held to when it is read.

A record says it where it names the type, as in ``batch_size: Size``; for a type checker that is an ``int``.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any


@dataclass(frozen=True)
class Bound:
    """A condition on a value whose type is right."""

    expected: str
    """As in ``a number above 0``."""
    holds: Callable[[Any], bool]
    """NaN stands for a number that isn't known: most bounds don't hold for it."""


Count = Annotated[int, Bound("a whole number from 0 up", lambda number: number >= 0)]
Size = Annotated[int, Bound("a whole number from 1 up", lambda number: number >= 1)]
Number = Annotated[float, Bound("a number", math.isfinite)]
"""One that is always known: null is refused."""
Positive = Annotated[float, Bound("a number above 0", lambda number: 0 < number < math.inf)]
PositiveIfKnown = Annotated[float, Bound("a number above 0, or null", lambda number: not number <= 0)]
NotNegative = Annotated[float, Bound("a number from 0 up", lambda number: 0 <= number < math.inf)]
Share = Annotated[float, Bound("a share from 0 to 1", lambda number: 0 <= number <= 1)]
Level = Annotated[float, Bound("a share between 0 and 1", lambda number: 0 < number < 1)]
