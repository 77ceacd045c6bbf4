"""Made-up claims and what was found of them: hostile words, infinite ends, numbers that aren't known."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from batchmark.course import constant
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Line, Picture
from batchmark.studies.claims.study import Outcome, Outcomes
from batchmark.studies.laboratory.parts import Arm, Part
from batchmark.studies.laboratory.results import Results
from claim_results_made import followed

FACTS: dict[str, object] = {
    "processor": "AMD EPYC",
    "memory_bytes": 24 << 30,
    "tensorflow": "2.21.0",
    "keras": "3.15.1",
    "numpy": "2.4.6",
    "device": "CPU",
    "cores": 2,
}
HOSTILE = "A | wide *claim* <b>of</b> [a](https://example.org) @everyone `code` #1 ~~~"
"""What Markdown would take for its own."""


def arm_of(batch_size: int, *, seeds: int = 4) -> Arm:
    """Return a part."""
    return Arm("blobs", constant(batch_size, epochs=3), seeds)


def estimate_of(value: float, by: float | None = 0.001, *, n: int = 100, level: float = 0.99375) -> Estimate:
    """Return an estimate with an interval of this half-width, or with none."""
    return Estimate(value, None if by is None else value - by, None if by is None else value + by, level, n)


def claim_of(number: int = 3, *, judge: Callable[[Results], Finding] | None = None, **fields: Any) -> Claim:
    """Return a claim whose rule finds whatever all parts being there means; `fields` replace what is made up."""
    made_up: dict[str, Any] = {
        "number": number,
        "who": "P",
        "source": "Lisov et al. 2023, doi 10.25559/SITITO.019.202302.324-332",
        "sentence": "A larger batch gives a higher accuracy.",
        "workload": "blobs",
        "rule": "Confirmed: the interval lies above 0. Refuted: it lies below 0. Otherwise inconclusive.",
        "parts": (arm_of(8), arm_of(32)),
        "judge": judge or (lambda results: finding_of(seeds=len(results.of(arm_of(8)).seeds))),
    }
    return Claim(**{**made_up, **fields})


def finding_of(answer: Answer = Answer.REFUTED, **fields: Any) -> Finding:
    """Return a finding; `fields` replace what is made up."""
    made_up: dict[str, Any] = {
        "sentence": "Accuracy falls by 0.0012 [0.0002, 0.0022] per doubling at equal epochs, at the fixed rate.",
        "conditions": (
            Condition("accuracy per doubling, equal epochs, fixed rate", estimate_of(-0.0012), "", answer),
            Condition("seconds an epoch at 1 over at full batch", estimate_of(13.6, 0.4, n=20, level=0.95), "×"),
        ),
        "seeds": 100,
        "notes": ("No training can exceed 0.822 on fresh examples.",),
    }
    return Finding(answer, **{**made_up, **fields})


CURVES = Picture(
    "Accuracy, equal epochs",
    "batch size",
    "accuracy on fresh examples",
    (
        Line("fixed", (8.0, 32.0, 128.0), (0.80, 0.81, 0.82), (0.79, 0.80, 0.81), (0.81, 0.82, 0.83)),
        Line(
            "tuned", (8.0, 32.0, 128.0), (0.82, math.nan, 0.82), (-math.inf, math.nan, 0.81), (0.83, math.nan, math.inf)
        ),
    ),
    x_is_logarithmic=True,
)

REACHING = (
    Condition("steps to the target, 8 over 256", Estimate(2.5, 1.9, math.inf, 0.99375, 100), "×", Answer.CONFIRMED),
    Condition(
        "steps to the target, 1024 over 256", Estimate(math.inf, 3.4, math.inf, 0.99375, 100), "×", Answer.REFUTED
    ),
    Condition("loss at the end", Estimate(0.41, -math.inf, 0.43, 0.95, 100), "nats"),
    Condition("an end that isn't known", Estimate(0.41, 0.40, math.nan, 0.95, 100)),
    Condition("too few seeds for an interval", Estimate(0.41, None, None, 0.95, 3), "", Answer.INCONCLUSIVE),
    Condition("nothing at all", Estimate(math.nan, None, None, 0.95, 0)),
    Condition("time of a step", Estimate(0.00421, 0.00410, 0.00435, 0.95, 20), "s"),
    Condition("growth of memory", Estimate(12.5 * 2**20, 12.0 * 2**20, 13.0 * 2**20, 0.95, 3), "bytes"),
)
"""Conditions whose numbers are hard to print."""


def outcomes_of(*outcomes: Outcome, facts: Mapping[str, object] = FACTS, **fields: Any) -> Outcomes:
    """Return outcomes; `fields` replace what is made up."""
    return Outcomes(**{"outcomes": outcomes, "facts": facts, "seconds": 1860.0, **fields})


def all_kinds() -> tuple[Outcome, ...]:
    """Return an outcome of every kind, P's conclusions among them."""
    network = "Radiuk 2017, doi 10.1515/itms-2017-0003"
    return (
        Outcome(claim_of(3, kind_of_network="dense"), finding_of(diverged=2)),
        Outcome(
            claim_of(
                8, who="P, citing Radiuk 2017", source=network, workload="mnist-cnn", kind_of_network="convolutional"
            ),
            finding_of(
                Answer.CONFIRMED,
                sentence="Accuracy rises in each of 4 combinations.",
                conditions=(Condition("accuracy per doubling", estimate_of(0.0123, n=8), "", Answer.CONFIRMED),),
                seeds=8,
            ),
        ),
        Outcome(claim_of(10, kind_of_network="language model"), why="the budget was spent before it"),
        Outcome(
            claim_of(12, sentence=HOSTILE, who="A", source=HOSTILE), finding_of(sentence=HOSTILE, notes=(HOSTILE,))
        ),
        Outcome(
            claim_of(20, who="A", sentence="Larger batches lower the cost."),
            finding_of(Answer.INCONCLUSIVE, sentence="It isn't settled.", conditions=REACHING, notes=()),
        ),
        Outcome(
            claim_of(22, who="A", sentence="Steps an epoch = N / b."),
            finding_of(Answer.REFUTED, sentence="It has ⌈N/b⌉.", conditions=(), seeds=0, notes=()),
        ),
    )


class MadeLaboratory:
    """Obtains from a world; whatever the world raises ends it, as Ctrl-C would."""

    def __init__(
        self,
        world: Callable[[Part], object],
        *,
        stopped: str | None = None,
        facts: Mapping[str, object] = FACTS,
    ) -> None:
        self._world = world
        self._stopped = stopped
        self.asked: list[Part] = []
        self.all_asked: list[Part] = []
        self.budget: float | None = None
        self.facts = facts

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def obtain(self, parts: Sequence[Part], *, budget_seconds: float | None = None) -> Results:
        self.asked, self.budget = list(parts), budget_seconds
        self.all_asked += parts
        answers: dict[Part, Any] = {part: self._world(part) for part in parts}
        return Results(
            {part: answer for part, answer in answers.items() if not isinstance(answer, str)},
            {part: answer for part, answer in answers.items() if isinstance(answer, str)},
            self._stopped,
        )


def everything(part: Part) -> object:
    """A world in which every arm was trained to the same."""
    assert isinstance(part, Arm)
    return followed(part, 0.8)
