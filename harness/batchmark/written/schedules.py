"""The grammar of a way of training: ``batch 32 rate .01 for 10 epochs; rate .002 for 5 epochs``.

Phases are separated by semicolons. Each ends with ``for N epochs``; before that stand, in any order and each at most
once, what is changed there:

=================================  =====================================================================
``batch 32``                       the batch size; without it the phase before's, at first the reference
``rate .01``                       the learning rate; without it the phase before's, at first the model's
``accumulate 4``                   gradients of 4 batches make one update
``momentum .95``                   the optimizer's momentum
``beta_2 .98``                     Adam's β₂
``beta_2 half-life 1e5 tokens``    β₂ by the half-life of Adam's second moment, in tokens or in examples
=================================  =====================================================================

The last four are the optimizer's for the whole training, and stand in the first phase.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from batchmark.errors import BatchmarkError

EXAMPLE = "batch 32 rate .01 for 10 epochs; rate .002 for 5 epochs"
TOKENS, EXAMPLES = "tokens", "examples"
_WORD = re.compile(r"[^\s;]+|;")
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)
_NUMBER = re.compile(r"(?:[0-9]{1,18}(?:\.[0-9]{0,25})?|\.[0-9]{1,25})(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_OF_A_PHASE = ("batch", "rate")
_OF_THE_WHOLE = ("accumulate", "momentum", "beta_2")
_SHOWN = 20


class ScheduleError(BatchmarkError):
    """A way of training that is not within the grammar."""


@dataclass(frozen=True)
class HalfLife:
    """After so much, what Adam's second moment holds of a gradient is halved."""

    amount: float
    unit: str
    """`TOKENS` or `EXAMPLES`."""


@dataclass(frozen=True)
class WrittenPhase:
    """A phase as it was written."""

    epochs: int
    batch_size: int | None = None
    """None: as before."""
    rate: float | None = None
    """None: as before."""


@dataclass(frozen=True)
class WrittenSchedule:
    """A way of training as it was written."""

    phases: tuple[WrittenPhase, ...]
    accumulate: int | None = None
    momentum: float | None = None
    beta_2: float | HalfLife | None = None

    def __str__(self) -> str:
        """Return it as `parse_schedule` reads it."""
        own = []
        if self.accumulate is not None:
            own.append(f"accumulate {self.accumulate}")
        if self.momentum is not None:
            own.append(f"momentum {self.momentum!r}")
        if isinstance(self.beta_2, HalfLife):
            own.append(f"beta_2 half-life {_whole_or_not(self.beta_2.amount)} {self.beta_2.unit}")
        elif self.beta_2 is not None:
            own.append(f"beta_2 {self.beta_2!r}")
        return "; ".join(_printed(phase, own if at == 0 else []) for at, phase in enumerate(self.phases))


def parse_schedule(text: str, where: str) -> WrittenSchedule:
    """Return the way of training that `text` says; `where` it stands, as ``--against``, begins an error.

    Raises ScheduleError: what is not within the grammar, with its place in the text.
    """
    return _Reader(text, where).schedule()


def _printed(phase: WrittenPhase, own: list[str]) -> str:
    parts = [] if phase.batch_size is None else [f"batch {phase.batch_size}"]
    parts += [] if phase.rate is None else [f"rate {phase.rate!r}"]
    return " ".join([*parts, *own, f"for {phase.epochs} epoch{'s' if phase.epochs > 1 else ''}"])


def _whole_or_not(value: float) -> str:
    return f"{value:.0f}" if value.is_integer() and value < 1e15 else repr(value)  # noqa: PLR2004  still exact


class _Reader:
    """Takes one word after the other."""

    def __init__(self, text: str, where: str) -> None:
        self._text, self._where = text, where
        self._words = [(found.start(), found.group()) for found in _WORD.finditer(text)]
        self._next = 0

    def schedule(self) -> WrittenSchedule:
        phases: list[WrittenPhase] = []
        own: dict[str, int | float | HalfLife] = {}
        while True:
            phases.append(self._phase(own, is_first=not phases))
            if self._next == len(self._words):
                break
            self._take(";", expected="a semicolon, or the end")
        half_life_or_number = own.get("beta_2")
        accumulate, momentum = own.get("accumulate"), own.get("momentum")
        return WrittenSchedule(
            tuple(phases),
            accumulate if isinstance(accumulate, int) else None,
            momentum if isinstance(momentum, float) else None,
            half_life_or_number if isinstance(half_life_or_number, (float, HalfLife)) else None,
        )

    def _phase(self, own: dict[str, int | float | HalfLife], *, is_first: bool) -> WrittenPhase:
        given: dict[str, int | float] = {}
        names = (*_OF_A_PHASE, *_OF_THE_WHOLE) if is_first else _OF_A_PHASE
        while (word := self._word) != "for":
            if word in (given.keys() | own.keys() if is_first else given.keys()):
                self._refuse(f"{word} once a phase")
            if word in _OF_THE_WHOLE and not is_first:
                self._refuse(f"{word} in the first phase: it holds for the whole training")
            if word not in names:
                self._refuse(f"{', '.join(names)} or for")
            self._next += 1
            self._value(word, given, own)
        self._next += 1
        epochs = self._count("a number of epochs")
        if self._word not in ("epoch", "epochs"):
            self._refuse("epochs")
        self._next += 1
        size, rate = given.get("batch"), given.get("rate")
        return WrittenPhase(epochs, size if isinstance(size, int) else None, None if rate is None else float(rate))

    def _value(self, word: str, given: dict[str, int | float], own: dict[str, int | float | HalfLife]) -> None:
        match word:
            case "batch":
                given[word] = self._count("a batch size")
            case "rate":
                given[word] = self._number("a learning rate above 0", lambda value: 0 < value < math.inf)
            case "accumulate":
                own[word] = self._count("a number of batches, from 2", least=2)
            case "momentum":
                own[word] = self._share("a momentum from 0 to below 1")
            case _:
                own[word] = self._half_life() if self._word == "half-life" else self._share("β₂ from 0 to below 1")

    def _half_life(self) -> HalfLife:
        self._next += 1
        amount = self._number("an amount above 0, as 100000", lambda value: 0 < value < math.inf)
        unit = self._word
        if unit not in (TOKENS, EXAMPLES):
            self._refuse(f"{TOKENS} or {EXAMPLES}")
        self._next += 1
        return HalfLife(amount, unit)

    def _share(self, expected: str) -> float:
        return self._number(expected, lambda value: 0 <= value < 1)

    def _count(self, expected: str, *, least: int = 1) -> int:
        word = self._word
        if not _COUNT.fullmatch(word) or int(word) < least:
            self._refuse(expected)
        self._next += 1
        return int(word)

    def _number(self, expected: str, holds: Callable[[float], bool]) -> float:
        word = self._word
        if not _NUMBER.fullmatch(word) or not holds(float(word)):
            self._refuse(expected)
        self._next += 1
        return float(word)

    def _take(self, word: str, *, expected: str) -> None:
        if self._word != word:
            self._refuse(expected)
        self._next += 1

    @property
    def _word(self) -> str:
        return self._words[self._next][1] if self._next < len(self._words) else ""

    def _refuse(self, expected: str) -> NoReturn:
        is_word = self._next < len(self._words)
        at, word = self._words[self._next] if is_word else (len(self._text), "")
        begin, end = max(0, at - _SHOWN), at + _SHOWN
        around = " ".join(self._text[begin:end].split())
        shown = ascii(f"{'...' if begin else ''}{around}{'...' if end < len(self._text) else ''}")
        found = f"character {at + 1}, {word[:_SHOWN]!a}" if is_word else "the end"
        message = f'{self._where}, at {found} in {shown}: expected {expected}, as in "{EXAMPLE}"'
        raise ScheduleError(message)
