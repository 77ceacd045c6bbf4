"""Work that no framework touches, timed beside a measurement: how fast is the machine just now?

Two kinds, because a busy neighbour takes memory bandwidth from the one and cycles from both: a matrix product by
numpy, and a loop in plain Python. They run in the controller, whose numpy and Python stay the same whatever release
the worker has.
"""

import time
from collections.abc import Callable
from statistics import median

import numpy as np

Clock = Callable[[], float]

MATRIX_PRODUCT = "matrix product"
PYTHON_LOOP = "Python loop"
KINDS = (MATRIX_PRODUCT, PYTHON_LOOP)
_REPEATS = 5
_SIDE = 384
_ADDITIONS = 100_000


def reference_seconds(clock: Clock = time.perf_counter) -> dict[str, float]:
    """Return by kind the seconds of one piece of work: the median of five, after one that is thrown away."""
    return {kind: _seconds(work, clock) for kind, work in ((MATRIX_PRODUCT, _multiply), (PYTHON_LOOP, _add))}


def _seconds(work: Callable[[], object], clock: Clock) -> float:
    work()
    seconds = []
    for _ in range(_REPEATS):
        start = clock()
        work()
        seconds.append(clock() - start)
    return median(seconds)


def _multiply() -> object:
    square = np.full((_SIDE, _SIDE), 0.5, np.float32)
    return square @ square @ square


def _add() -> object:
    total = 0
    for number in range(_ADDITIONS):
        total += number
    return total
