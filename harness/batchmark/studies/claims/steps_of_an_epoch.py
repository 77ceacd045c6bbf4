"""Claim 22: an epoch has N / b steps."""

import math
from collections.abc import Mapping

from batchmark.course import constant
from batchmark.records import Estimate
from batchmark.studies.claims.blobs_arms import RATE
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, together
from batchmark.studies.claims.told import in_a_row
from batchmark.studies.laboratory.parts import Arm
from batchmark.studies.laboratory.results import Results
from batchmark.trainings import Followed
from batchmark.workloads.blobs import BLOBS
from batchmark.workloads.mnist_cnn import MNIST_CNN

_EPOCHS = 2
_Key = tuple[str, int, int]
"""Workload, training examples, batch size."""
_SIZES = (
    # All seeds at once.
    (BLOBS, (50, 125, 500, 32, 128, 150, 300)),
    # Seed by seed, by fit.
    (MNIST_CNN, (100, 128)),
)
_ARMS = {
    (workload.name, workload.examples, size): Arm(
        workload.name, constant(size, epochs=_EPOCHS, learning_rate=RATE), seeds=2
    )
    for workload, sizes in _SIZES
    for size in sizes
}


def judge(results: Results) -> Finding:
    """Hold the counted steps of an epoch against N / b to the nearest whole number, and against its other roundings."""
    followed = {key: results.of(arm) for key, arm in _ARMS.items()}
    counted = {key: _steps_of_an_epoch(each) for key, each in followed.items()}
    conditions = tuple(
        Condition(
            f"steps of an epoch of {key[1]} examples of {key[0]} at {key[2]}, minus {_quotient(key):.4g} rounded",
            _exactly(steps - round(_quotient(key)), len(followed[key].seeds)),
            answer=Answer.CONFIRMED if steps == round(_quotient(key)) else Answer.REFUTED,
        )
        for key, steps in counted.items()
    )
    return Finding(
        together([condition.answer for condition in conditions if condition.answer]),
        _sentence(counted),
        conditions,
        seeds=min(len(each.seeds) for each in followed.values()),
        notes=("Steps are counted, not estimated: the interval of a count has no width.",),
    )


def _steps_of_an_epoch(followed: Followed) -> int:
    """Return the steps of the last epoch: what the optimizer counted after it, less what it had counted before."""
    *_, before, after = (0, *followed.steps)
    return after - before


def _quotient(key: _Key) -> float:
    _, examples, size = key
    return examples / size


def _sentence(counted: Mapping[_Key, int]) -> str:
    ways = {"⌈N/b⌉ steps, the partial batch included": math.ceil, "⌊N/b⌋ steps, without the partial batch": math.floor}
    throughout = [
        way for way, rounds in ways.items() if all(steps == rounds(_quotient(key)) for key, steps in counted.items())
    ]
    has = throughout[0] if throughout else "neither ⌈N/b⌉ nor ⌊N/b⌋ steps throughout"
    whole = sum(steps == _quotient(key) for key, steps in counted.items())
    wrong = [
        f"at {key[2]} of {key[1]} ({steps} steps, N/b is {_quotient(key):.4g})"
        for key, steps in counted.items()
        if steps != round(_quotient(key))
    ]
    rounded = f"is wrong {in_a_row(wrong)}" if wrong else "is right at all"
    return (
        f"An epoch has {has}, at all {len(counted)} batch sizes. N/b itself is that at {whole}, where b divides N; to "
        f"the nearest whole number it {rounded}."
        if throughout
        else f"An epoch has {has}; N/b to the nearest whole number {rounded}."
    )


def _exactly(value: float, n: int) -> Estimate:
    return Estimate(value, value, value, 1.0, n)


CLAIM = Claim(
    number=22,
    who="A",
    source="two popular articles on batch size, not named here",
    sentence="An epoch has N / b steps.",
    workload=BLOBS.name,
    rule=(
        "Updates of the second epoch as the optimizer counts them, at batch sizes that divide the number of examples "
        f"and at such that don't, of {BLOBS.name} (all seeds at once) and {MNIST_CNN.name} (by fit). Steps are whole, "
        "so the claim is taken as N/b to the nearest whole number. Confirmed: that at each of them. Refuted: another "
        "number at one. A count leaves nothing inconclusive. What is counted is held against ⌈N/b⌉ and ⌊N/b⌋ too."
    ),
    parts=tuple(_ARMS.values()),
    judge=judge,
)
