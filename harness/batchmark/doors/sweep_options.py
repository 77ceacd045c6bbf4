"""What a user can choose of a sweep and of the accuracy tests, each declared once.

pytest's options are derived from it, what ``[tool.batchmark.sweep]`` of pyproject.toml may hold, and what is said to
somebody who types an option's old name. pytest imports this in every run of its environment: so it imports next to
nothing, and repeats the defaults of `batchmark.doors.sweep_settings` and the names of the built-in workloads in words.
"""

import re
from dataclasses import dataclass

from batchmark.loops import LOOPS

PREFIX = "--batchmark-"
"""What each of our options of pytest begins with, so that none is another suite's."""


@dataclass(frozen=True)
class SweepOption:
    """One choice."""

    name: str
    """As `batchmark sweep` and the table in pyproject.toml call it."""
    kind: type[str | int | float | bool]
    help: str
    metavar: str | None = None
    many: bool = False
    """Whether it can be given several times, and as a list in pyproject.toml."""
    choices: tuple[str, ...] = ()
    short: str = ""
    """What pytest's option is called too, after the prefix."""

    @property
    def field(self) -> str:
        """The field of `SweepSettings`."""
        return self.name.replace("-", "_")

    @property
    def dest(self) -> str:
        """Where pytest keeps it."""
        return f"batchmark_{self.field}"

    @property
    def keys(self) -> tuple[str, ...]:
        """What it may be called in pyproject.toml: as at either command line, and a list in the plural."""
        return tuple(key for key in (self.name, self.many and f"{self.name}s", self.short) if key)

    @property
    def pytest_names(self) -> tuple[str, ...]:
        """What pytest's option is called, the usual name first."""
        return tuple(PREFIX + name for name in (self.short, self.name) if name)

    @property
    def pytest_names_of_no(self) -> tuple[str, ...]:
        """What pytest's option is called that takes back a yes in pyproject.toml."""
        return tuple(f"{PREFIX}no-{name.removeprefix(PREFIX)}" for name in self.pytest_names)


OPTIONS = (
    SweepOption(
        "workload",
        str,
        "workload, may be repeated: blobs, digits-mlp, mnist-cnn, sequence-rnn, char-lm, `all` for these, or one of "
        "your own as package.module:attribute (default: blobs)",
        metavar="NAME",
        many=True,
    ),
    SweepOption(
        "batch-sizes",
        str,
        "batch sizes: integers, `full`, `16..1024` (powers of two), `16..1024*` (with their neighbours), "
        "`50..500+50` (arithmetic), separated by commas (default: the workload's own grid)",
        metavar="GRID",
    ),
    SweepOption(
        "loop",
        str,
        f"loop, may be repeated: {', '.join(LOOPS)}, `all` for each (default: the workload's own)",
        metavar="NAME",
        many=True,
    ),
    SweepOption(
        "turns",
        int,
        "times each cell is visited, in random order (default: 12)",
        metavar="N",
    ),
    SweepOption(
        "budget",
        float,
        "take no further turn of a workload after this long, first epochs apart, but at least 10 "
        "(default: the workload's own, 90 where it has none)",
        metavar="SECONDS",
    ),
    SweepOption(
        "first-epoch-limit",
        float,
        "give up a batch size and loop whose compilation and first epochs take longer (default: 60)",
        metavar="SECONDS",
    ),
    SweepOption(
        "memory",
        bool,
        "measure each cell's peak memory too, each in a fresh process (some 10 s each)",
    ),
    SweepOption(
        "wide",
        bool,
        "print every column, wider than 80 characters",
    ),
    SweepOption(
        "sweep-seed",
        int,
        "seed of weights, data order and turn order (default: 0)",
        metavar="N",
        short="seed",
    ),
    SweepOption(
        "learning-rate",
        str,
        "paper: with the workload's exceptions by batch size; same: one rate for all (default: paper)",
        choices=("paper", "same"),
    ),
    SweepOption(
        "seeds",
        int,
        "accuracy tests: trainings per batch size to begin with (default: 20)",
        metavar="N",
    ),
    SweepOption(
        "max-seeds",
        int,
        "accuracy tests: draw no more seeds than this (default: 80)",
        metavar="N",
    ),
)

_NAMES = {f"--{option.name}": option.pytest_names[0] for option in OPTIONS}
_NEVER_WITHOUT_PREFIX = frozenset({"--wide"})
OLD_NAMES = {old: new for old, new in _NAMES.items() if old not in _NEVER_WITHOUT_PREFIX}
"""What pytest's options were called before they had a prefix, and what they are called now."""

_SHORT_NAME = re.compile(rf"(?<![\w-])({'|'.join(_NAMES)})(?![\w-])")


def in_pytest(text: str) -> str:
    """Return `text`, which names options as `batchmark sweep` does, with the names they have in pytest."""
    return _SHORT_NAME.sub(lambda found: _NAMES[found[0]], text)
