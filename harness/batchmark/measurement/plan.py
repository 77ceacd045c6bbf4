"""How much of each cell is measured, and in which order."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from batchmark.errors import BatchmarkError
from batchmark.records import Cell
from batchmark.written.batch_sizes import power_of_two_beside

Side = TypeVar("Side")

# More rounds than this tell little about one period of time.
_SPARE = 1.25
_MOST_ROUNDS = 40
# Cells of a block take turns within a turn, in visits of at least two rounds: each visit costs its warm-up.
_MOST_VISITS = 4
_FEWEST_ROUNDS_PER_VISIT = 2
# After a switch, epochs of 0.6 ms are up to 60 % slower at first, and steady after about 5 ms.
_WARM_UP_SECONDS = 0.008
# Sides that alternate do so for about as long at each place, a side, and so often: a place is begun once.
_ALTERNATION_SECONDS = 0.5
_MOST_ALTERNATIONS = 16
_BLOCK_OF_OTHERS = 3


_LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class Visit:
    """A burst of consecutive epochs of one cell: first those thrown away, then the rounds."""

    cell: Cell
    warm_up: int
    """Epochs; at least 1 where the visit is a call of its own, whose first epoch holds the call's set-up."""
    rounds: int


@dataclass(frozen=True)
class Place:
    """A cell's place in the order of a turn, filled by a visit."""

    cell: Cell
    of: int
    """How many visits the cell's rounds of this turn are divided among."""


@dataclass(frozen=True)
class Plan:
    """Turns, their budget and their order.

    A turn measures every cell, block by block, in an order drawn from `seed`. A block is a power of two with its
    neighbours, in one loop, or three other cells of alike sizes: cells of a block are visited in random order
    several times, as often as their epochs are short enough for. Measuring ends after `turns` turns, or at the
    end of the turn in which `budget_seconds` is spent, but not before `minimum_turns`. Sides that `alternate` begin no
    turn that would end after it: what a restart leaves over, the next one has.

    Note: tried one random order of all cells, visited once each; rejected because a busy neighbour on a shared
    machine comes and goes within the seconds that a turn takes, and cells that are to be compared have to meet
    it together.

    Where several sides are compared, each place in the order is filled by a visit of every side, one right after the
    other in random order: so the same cell of two sides is measured within tenths of a second. Sides that `alternate`
    begin a call each, go on in it by turns for as short as can be, and end it.

    Note: tried visits of 2 and 4 epochs, and a call of its own for each visit, half of which is set-up and epochs
    thrown away; rejected because medians of 4 s repeated within 2.1 to 2.3 %, those of single epochs within 1.1 %.

    Source: the randomised block design, Fisher 1935, The Design of Experiments.
    """

    turns: int = 12
    minimum_turns: int = 10
    """Fewer give the default grid's 16 contrasts no simultaneous 95 % interval."""
    budget_seconds: float | None = None
    """None: the workload's own."""
    seed: int = 0
    first_epoch_limit_seconds: float = 60.0
    """A cell whose first epochs, compilation included, take longer is given up."""
    waits_longer: str = ""
    """Where that limit is set: said of a cell that was given up, after a semicolon."""
    same_learning_rate: bool = False
    """Ignore the learning rates by batch size that the workload's source has."""
    seconds_per_cell: float = 0.15
    """What a turn, or a visit of sides that alternate, spends on the rounds of a cell whose epochs are shorter."""
    shortest_visit_seconds: float = 0.0
    """Of the rounds of a visit: what reads a meter that moves seldom tells nothing of less."""
    alternate: bool = False
    """Whether sides alternate at each place, within a call each: an epoch then has the cost of cold caches in it."""

    def __post_init__(self) -> None:
        """Refuse a plan that measures nothing.

        Raises BatchmarkError.
        """
        if self.turns < 1 or self.minimum_turns < 1:
            message = f"{self.turns} turns measure nothing; use --turns with a whole number from 1"
            raise BatchmarkError(message)
        if not self.first_epoch_limit_seconds > 0:
            message = f"a limit of {self.first_epoch_limit_seconds} s for first epochs leaves no cell; use more than 0"
            raise BatchmarkError(message)
        if self.budget_seconds is not None and not self.budget_seconds > 0:
            message = f"a budget of {self.budget_seconds} s measures nothing; use --budget with seconds above 0"
            raise BatchmarkError(message)

        if not 0 <= self.seed <= _LARGEST_SEED:
            message = f"nothing can be drawn from seed {self.seed}; use a whole number from 0 to {_LARGEST_SEED}"
            raise BatchmarkError(message)

    def opening_order(self, cells: Sequence[Cell]) -> list[Cell]:
        """Return `cells` in the random order in which they are opened."""
        order = list(cells)
        self._generator("opening").shuffle(order)
        return order

    def places(self, epoch_seconds: Mapping[Cell, float], turn: int) -> list[Place]:
        """Return the order of turn number `turn`, from 0, for cells whose epochs take about these seconds."""
        generator = self._generator(turn)
        blocks = _blocks(list(epoch_seconds))
        generator.shuffle(blocks)
        places = []
        for block in blocks:
            fewest = min(self._rounds(epoch_seconds[cell]) for cell in block)
            most = 1 if self.alternate or self.shortest_visit_seconds else _MOST_VISITS
            times = max(1, min(most, fewest // _FEWEST_ROUNDS_PER_VISIT))
            order = [Place(cell, times) for cell in block]
            for _ in range(times):
                generator.shuffle(order)
                places += order
        return places

    def visit(self, place: Place, epoch_seconds: float) -> Visit:
        """Return what fills `place`, where an epoch takes about `epoch_seconds`."""
        rounds = max(1, self._rounds(epoch_seconds) // place.of)
        if self.shortest_visit_seconds and epoch_seconds > 0:
            # Epochs are somewhat shorter at times.
            rounds = max(rounds, math.ceil(_SPARE * self.shortest_visit_seconds / epoch_seconds))
        # An epoch that takes longer than caches do to warm up is one, cold or not.
        is_one = self.alternate and epoch_seconds >= _WARM_UP_SECONDS
        return Visit(place.cell, 0 if is_one else _warm_up(epoch_seconds), rounds)

    def visits_of_a_side(self, epoch_seconds: float) -> int:
        """Return how many visits each side makes to one place, for a cell whose epoch takes about so long."""
        if not self.alternate:
            return 1
        longest = max(epoch_seconds, self.seconds_per_cell)
        return max(1, min(_MOST_ALTERNATIONS, round(_ALTERNATION_SECONDS / longest)))

    def order_of_sides(self, sides: Sequence[Side], turn: int, place: object) -> list[Side]:
        """Return `sides` in the random order in which they take their visits of one place in a turn."""
        order = list(sides)
        if len(order) > 1:
            self._generator(f"{turn}/{place}").shuffle(order)
        return order

    def is_over(self, *, turns_done: int, seconds_spent: float) -> bool:
        """Whether no further turn is to be measured."""
        if turns_done >= self.turns:
            return True
        if self.budget_seconds is None or turns_done < self.minimum_turns:
            return False
        of_the_next = seconds_spent / turns_done if self.alternate else 0.0
        return seconds_spent + of_the_next >= self.budget_seconds

    def _rounds(self, epoch_seconds: float) -> int:
        """Return how many rounds a turn keeps of a cell whose epoch takes about `epoch_seconds`."""
        if epoch_seconds <= 0:
            return _MOST_ROUNDS
        return max(1, min(_MOST_ROUNDS, round(self.seconds_per_cell / epoch_seconds)))

    def _generator(self, purpose: object) -> random.Random:
        return random.Random(f"{self.seed}/{purpose}")  # noqa: S311  an order, not a secret


def _blocks(cells: Sequence[Cell]) -> list[list[Cell]]:
    """Return every cell once: powers of two that have a neighbour with it, the others by three of alike sizes."""
    beside: dict[tuple[str, str, int], list[Cell]] = {}
    others: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        if power := power_of_two_beside(cell.batch_size):
            beside.setdefault((cell.workload, cell.way, power), []).append(cell)
        else:
            others.setdefault((cell.workload, cell.way), []).append(cell)
    for (workload, loop, _), block in beside.items():
        if len(block) == 1:
            others.setdefault((workload, loop), []).extend(block)
    blocks = [block for block in beside.values() if len(block) > 1]
    for alone in others.values():
        ordered = sorted(alone)
        blocks += [ordered[start : start + _BLOCK_OF_OTHERS] for start in range(0, len(ordered), _BLOCK_OF_OTHERS)]
    return blocks


def _warm_up(epoch_seconds: float) -> int:
    """Return how many epochs a visit throws away."""
    if epoch_seconds <= 0:
        return _MOST_ROUNDS
    return min(_MOST_ROUNDS, math.ceil(_WARM_UP_SECONDS / epoch_seconds))
