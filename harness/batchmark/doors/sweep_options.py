"""What a user can choose of a sweep and of the accuracy tests, and what each choice is called where.

pytest's options are derived from it, what ``[tool.batchmark.sweep]`` of pyproject.toml may hold, and what is said to
somebody who types an option's old name. pytest imports this in every run of its environment: so it imports next to
nothing, and repeats the defaults of `batchmark.doors.sweep_settings` in words.
"""

import re
from dataclasses import dataclass

from batchmark.doors import choices
from batchmark.doors.choices import Choice

PREFIX = "--batchmark-"
"""What each of our options of pytest begins with, so that none is another suite's."""


@dataclass(frozen=True)
class SweepOption:
    """One choice of a sweep."""

    choice: Choice
    default: str = ""
    """What holds without it, in words; nothing where that goes without saying."""

    @property
    def name(self) -> str:
        """As `batchmark sweep` and the table in pyproject.toml call it."""
        return self.choice.name

    @property
    def field(self) -> str:
        """The field of `SweepSettings`."""
        return self.name.replace("-", "_")

    @property
    def dest(self) -> str:
        """Where pytest keeps it."""
        return f"batchmark_{self.field}"

    @property
    def help(self) -> str:
        """What it means, with the default."""
        return f"{self.choice.help} Default: {self.default}." if self.default else self.choice.help

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called, or was in earlier releases."""
        return (self.name, *self.choice.before)

    @property
    def keys(self) -> tuple[str, ...]:
        """What it may be called in pyproject.toml: as at either command line, and a list in the plural."""
        plural = (f"{self.name}s",) if self.choice.many else ()
        return (self.name, *plural, *self.choice.before)

    @property
    def pytest_names(self) -> tuple[str, ...]:
        """What pytest's option is called, the usual name first."""
        return tuple(PREFIX + name for name in self.names)

    @property
    def pytest_names_of_no(self) -> tuple[str, ...]:
        """What pytest's option is called that takes back a yes in pyproject.toml."""
        return tuple(f"{PREFIX}no-{name}" for name in self.names)


OPTIONS = (
    SweepOption(choices.WORKLOAD, "blobs"),
    SweepOption(choices.BATCH_SIZES, "the workload's own grid"),
    SweepOption(choices.LOOP, "the workload's own"),
    SweepOption(choices.BACKEND, "the one that Keras is set to, tensorflow where it is to none"),
    SweepOption(choices.THREADS, "all there are"),
    SweepOption(choices.REQUIRE_GPU),
    SweepOption(choices.TURNS, "12"),
    SweepOption(choices.BUDGET, "the workload's own, 90s where it has none"),
    SweepOption(choices.FIRST_EPOCH_LIMIT, "60s"),
    SweepOption(choices.MEMORY),
    SweepOption(choices.WIDE),
    SweepOption(choices.SEED, "0"),
    SweepOption(choices.LEARNING_RATE, "paper"),
    SweepOption(choices.SEEDS, "20"),
    SweepOption(choices.MAX_SEEDS, "400"),
)

DEFAULTS = {each.choice: each.default for each in OPTIONS}
"""What holds without a choice, in words."""

_AT_SWEEP = {f"--{name}": option.pytest_names[0] for option in OPTIONS for name in option.names}
_NEVER_WITHOUT_PREFIX = (choices.WIDE, choices.BACKEND, choices.THREADS, choices.REQUIRE_GPU)
OLD_NAMES = {
    f"--{(*option.choice.before, option.name)[0]}": option.pytest_names[0]
    for option in OPTIONS
    if option.choice not in _NEVER_WITHOUT_PREFIX
}
"""What pytest's options were called before they had a prefix, and what they are called now."""

_SHORT_NAME = re.compile(rf"(?<![\w-])({'|'.join(_AT_SWEEP)})(?![\w-])")


def in_pytest(text: str) -> str:
    """Return `text`, which names options as `batchmark sweep` does, with the names they have in pytest."""
    return _SHORT_NAME.sub(lambda found: _AT_SWEEP[found[0]], text)
