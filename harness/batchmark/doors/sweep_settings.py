"""What was chosen of a sweep and of the accuracy tests: on the command line, or in pyproject.toml.

```toml
[tool.batchmark.sweep]
workload = ["mypackage.training:workload", "blobs"]  # or one, as a text
batch-sizes = "16..512*"
loop = "all"
turns = 20
memory = true
```
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchmark.doors.reading import read
from batchmark.doors.sweep_options import OPTIONS, SweepOption
from batchmark.errors import BatchmarkError, PolicyError
from batchmark.files.project_file import as_table, read_project, require_known, where_in
from batchmark.measurement.plan import Plan

# A quality's interval takes two values.
_FEWEST_SEEDS = 2


@dataclass(frozen=True)
class SweepSettings:
    """What was chosen, by the command line before pyproject.toml, and what holds without a choice."""

    workload: tuple[str, ...] = ()
    batch_sizes: str | None = None
    loop: tuple[str, ...] = ()
    backend: tuple[str, ...] = ()
    threads: int | None = None
    require_gpu: bool = False
    turns: int = Plan.turns
    budget: float | None = None
    first_epoch_limit: float = Plan.first_epoch_limit_seconds
    memory: bool = False
    wide: bool = False
    seed: int = Plan.seed
    learning_rate: str = "paper"
    seeds: int = 20
    max_seeds: int = 400

    def __post_init__(self) -> None:
        """Refuse numbers of seeds that judge nothing.

        Raises BatchmarkError.
        """
        if not _FEWEST_SEEDS <= self.seeds <= self.max_seeds:
            message = (
                f"--seeds {self.seeds} and --max-seeds {self.max_seeds}: use {_FEWEST_SEEDS} <= --seeds <= --max-seeds"
            )
            raise BatchmarkError(message)

    @property
    def same_learning_rate(self) -> bool:
        """Whether the learning rates by batch size that a workload's source has are ignored."""
        return self.learning_rate == "same"

    def plan(self) -> Plan:
        """Return how much of each cell is measured.

        Raises BatchmarkError: that would be nothing.
        """
        return Plan(
            turns=self.turns,
            budget_seconds=self.budget,
            first_epoch_limit_seconds=self.first_epoch_limit,
            seed=self.seed,
            same_learning_rate=self.same_learning_rate,
        )


def settings_of(given: Mapping[str, object], file: Path | None) -> SweepSettings:
    """Return what is `given` by field, as it is written, over what `file` names, over what holds without a choice.

    Raises PolicyError: the file's table can't be used. BatchmarkError: what is given can't be, or numbers that don't go
    together.
    """
    named: dict[str, Any] = {} if file is None else read_sweep_table(file)
    for option in OPTIONS:
        if option.field in given:
            named[option.field] = _value(option, given[option.field], f"--{option.name}")
    return SweepSettings(**named)


def read_sweep_table(file: Path) -> dict[str, object]:
    """Return what ``[tool.batchmark.sweep]`` of a TOML file names, by field of `SweepSettings`.

    Raises PolicyError: a file that can't be read, an unknown key, a wrong type.
    """
    where = f"{where_in(file)}.sweep"
    known = {key: option for option in OPTIONS for key in option.keys}
    named: dict[str, object] = {}
    for key, value in as_table(read_project(file).get("sweep", {}), where).items():
        require_known(key, known, where)
        option = known[key]
        if option.field in named:
            message = f"{where} has both {' and '.join(option.keys)}; keep one of them"
            raise PolicyError(message)
        named[option.field] = _value(option, value, f"{where}.{key}")
    return named


def _value(option: SweepOption, value: object, where: str) -> object:
    """Return `value` as the field has it."""
    if not option.choice.many:
        return read(option.choice, value, where)
    each = value if isinstance(value, (list, tuple)) else [value]
    if not each or not all(isinstance(one, str) for one in each):
        message = f"{where} is {ascii(value)[:60]}; expected a name, or a list of names"
        raise PolicyError(message)
    return tuple(read(option.choice, one, where) for one in each)
