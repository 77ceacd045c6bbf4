"""Where a shared machine's noise comes from: how fast each core runs the same small work, again and again.

`python tests/studies/measure_cores.py` counts in a loop that needs no memory, pinned to one core and then the next, and
prints for each core what a count takes, as quantiles, and how it goes with the counts before it; and how the cores go
together. Where other guests of the host share a core's execution units, counts take either their shortest time or
about twice that, for tens of milliseconds at a time; where the guest's own scheduler is at fault, the wall time grows
and the thread's processor time doesn't.
"""

import argparse
import os
import sys
import time

import numpy as np
from numpy.typing import NDArray

_QUANTILES = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
_LAGS = (1, 2, 5, 10, 30)
# Between the two speeds of a core whose execution units are shared.
_BETWEEN = 1.4


def seconds_of_a_count(numbers: int) -> tuple[float, float]:
    """Return the wall time and the thread's processor time of counting so far, both in seconds."""
    wall, processor = time.perf_counter(), time.thread_time()
    total = 0
    for number in range(numbers):
        total += number
    return time.perf_counter() - wall, time.thread_time() - processor


def count_on_each(cores: list[int], *, rounds: int, numbers: int) -> NDArray[np.float64]:
    """Return seconds, wall and processor time, of shape (rounds, cores, 2)."""
    seconds = np.empty((rounds, len(cores), 2))
    for each in range(rounds):
        for index, core in enumerate(cores):
            os.sched_setaffinity(0, {core})
            seconds_of_a_count(numbers // 50)
            seconds[each, index] = seconds_of_a_count(numbers)
    return seconds


def autocorrelation(values: NDArray[np.float64], lag: int) -> float:
    """Return the correlation of `values`, shape (rounds,), with those `lag` rounds before."""
    return float(np.corrcoef(values[:-lag], values[lag:])[0, 1])


def main() -> None:
    """Measure, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5000)
    parser.add_argument("--numbers", type=int, default=100_000)
    asked = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    seconds = count_on_each(cores, rounds=asked.rounds, numbers=asked.numbers)
    wall = np.log(seconds[:, :, 0])
    for index, core in enumerate(cores):
        taken = 1000 * seconds[:, index, 0]
        times = np.quantile(taken, _QUANTILES)
        told = ", ".join(f"{share:.0%} {each:.2f}" for share, each in zip(_QUANTILES, times, strict=True))
        slow = np.mean(taken > _BETWEEN * times[0])
        sys.stdout.write(f"core {core}: ms by quantile: {told}; {slow:.0%} take over {_BETWEEN} times the shortest\n")
        lags = ", ".join(f"{lag}: {autocorrelation(wall[:, index], lag):.2f}" for lag in _LAGS)
        sys.stdout.write(
            f"  autocorrelation by lag, {1000 * seconds[:, :, 0].mean() * len(cores):.0f} ms each: {lags}\n"
        )
        sys.stdout.write(
            f"  processor time is {seconds[:, index, 1].sum() / seconds[:, index, 0].sum():.1%} of the wall time\n"
        )
    if len(cores) > 1:
        sys.stdout.write(f"cores together: correlation {np.corrcoef(wall[:, :2].T)[0, 1]:.2f} (n = {asked.rounds})\n")


if __name__ == "__main__":
    main()
