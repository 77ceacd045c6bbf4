"""What a laboratory would hand a claim's judge, made up: worlds whose truth is known.

A world is a function from a part to what was obtained of it, as ``made(CLAIM.parts, world)``; where it returns a
text, the part is missing, and the text is why.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.records import Cell
from batchmark.studies.laboratory.parts import Arm, Chosen, Fits, Part, Timed, Timing, Tuned
from batchmark.studies.laboratory.results import Results
from batchmark.trainings import Curves, Followed
from synthetic import record_of, steps_of

EXAMPLES = {"blobs": 500, "blobs-8000": 8000, "char-lm": 640, "mnist-cnn": 1200, "sequence-rnn": 512}
"""Training examples by workload; 1,000 of any other."""
Values = Sequence[float] | NDArray[np.float64]
Obtained = Followed | Chosen | Timed | Fits | str
World = Callable[[Part], Obtained]


def skewed(generator: np.random.Generator, shape: int | tuple[int, ...], spread: float) -> NDArray[np.float64]:
    """Return noise with the mean 0 and this standard deviation that is not normal: its tail is on the left."""
    return np.asarray(spread * (2 - generator.gamma(4.0, 0.5, shape)))


def examples_of(workload: str) -> int:
    """Return the training examples of a workload."""
    return EXAMPLES.get(workload, 1000)


def followed(
    arm: Arm,
    quality: float | Values,
    *,
    loss: float | Values = 0.4,
    validation_quality: Callable[[int], Values] | None = None,
    validation_loss: Callable[[int], Values] | None = None,
    observed: Mapping[str, Callable[[int], Values]] | None = None,
    **fields: Any,
) -> Followed:
    """Return the trainings of an arm that end in this fresh quality and loss, one value for all seeds or one a seed.

    NaN is a training that diverged. Looks, steps and examples are the course's. What goes by look is given as a
    function from the look's index to the values by seed; validation is constant at the end's value otherwise.
    `fields` replace what is made up.
    """
    steps, examples = looks_of(arm)
    looks = len(steps)

    def by_seed(values: float | Values) -> tuple[float, ...]:
        return tuple(float(each) for each in np.broadcast_to(np.asarray(values, float), (arm.seeds,)))

    def curves(at_look: Callable[[int], Values] | None, end: float | Values) -> Curves:
        by_look = [by_seed(at_look(look) if at_look else end) for look in range(looks)]
        return tuple(zip(*by_look, strict=True))

    made_up: dict[str, Any] = {
        "seeds": arm.asked.seeds,
        "steps": steps,
        "examples": examples,
        "training_loss": curves(validation_loss, loss),
        "validation_loss": curves(validation_loss, loss),
        "validation_quality": curves(validation_quality, quality),
        "fresh_loss": by_seed(loss),
        "fresh_quality": by_seed(quality),
        "observed": {name: curves(at_look, 0.0) for name, at_look in (observed or {}).items()},
        "method": "stacked",
        "seconds": 1.0,
    }
    return Followed(**(made_up | fields))


def looks_of(arm: Arm) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the updates and the examples done at each look of an arm's course."""
    steps, examples, looks = 0, 0, []
    for stretch in arm.course.stretches(examples_of(arm.workload)):
        steps += stretch.steps
        examples += stretch.end - stretch.begin
        if stretch.is_looked_at:
            looks.append((steps, examples))
    return tuple(step for step, _ in looks), tuple(done for _, done in looks)


def chosen(tuned: Tuned, quality: float | Values, *, factor: float | None = None, **fields: Any) -> Chosen:
    """Return what a tuned part comes to: `followed` at this factor, or at the one in the middle."""
    found = tuned.factors[len(tuned.factors) // 2] if factor is None else factor
    losses = tuple(0.4 + 0.01 * abs(float(np.log2(each / found))) for each in tuned.factors)
    is_at_edge = found in (tuned.factors[0], tuned.factors[-1])
    return Chosen(followed(tuned.at(found), quality, **fields), found, is_at_edge, losses)


def trained(part: Part, quality: float | Values, **fields: Any) -> Followed | Chosen:
    """Return `followed` of an arm, or `chosen` of a tuned one."""
    if isinstance(part, Tuned):
        return chosen(part, quality, **fields)
    assert isinstance(part, Arm)
    return followed(part, quality, **fields)


def arm_of(part: Part) -> Arm:
    """Return the arm itself, or the one that is tuned."""
    assert isinstance(part, Arm | Tuned)
    return part.arm if isinstance(part, Tuned) else part


def timed(
    timing: Timing,
    seconds: Callable[[Cell], float],
    *,
    noise: NDArray[np.float64] | float = 0.0,
    peak: Callable[[int], int] | None = None,
    turns: int | None = None,
    device: str = "CPU",
) -> Timed:
    """Return epochs that take so many seconds times exp(noise); `noise` has the shape (cells, turns).

    `peak` gives the bytes of a batch size.
    """
    cells = [Cell(name, size, loop) for loop in timing.loops for name, size in timing.places]
    logs = np.broadcast_to(np.asarray(noise, float), (len(cells), timing.turns if turns is None else turns))
    examples = examples_of(timing.workload)
    records = [
        replace(
            record_of(cell.batch_size, [[seconds(cell) * float(np.exp(each))] for each in row], cell=cell),
            examples=examples,
            steps_per_epoch=steps_of(cell.batch_size, examples),
            peak_host_bytes=peak(cell.batch_size) if peak else None,
        )
        for cell, row in zip(cells, logs, strict=True)
    ]
    return Timed(tuple(records), {"device": device, "cores": 2})


def made(parts: Iterable[Part], world: World) -> Results:
    """Return the results of a world."""
    answers = {part: world(part) for part in parts}
    return Results(
        obtained={part: answer for part, answer in answers.items() if not isinstance(answer, str)},
        missing={part: answer for part, answer in answers.items() if isinstance(answer, str)},
    )
