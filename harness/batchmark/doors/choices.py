"""What a user can choose: each choice declared once, for every verb's command line, pytest's and pyproject.toml.

pytest imports this in every run of its environment: so it imports next to nothing. How a choice's value is written is
its `Kind`; what reads one is in `batchmark.doors.reading`.
"""

from dataclasses import dataclass
from enum import StrEnum

from batchmark.backends import BACKENDS
from batchmark.loops import LOOPS


class Kind(StrEnum):
    """How the value of a choice is written: as it is called in help."""

    TEXT = "TEXT"
    NAME = "NAME"
    YES_OR_NO = ""
    """By ``--name`` or ``--no-name``; in pyproject.toml true or false."""
    COUNT = "N"
    """A whole number."""
    TIME = "TIME"
    """As 60s, 2min, or plain seconds."""
    NUMBER = "X"
    """Any number, as 0.95."""
    NUMBERS = "X,X,..."
    """Some above 0."""
    SHARE = "SHARE"
    """As 2%, or 0.02."""
    SIZE = "SIZE"
    """An amount of memory, as 8GiB."""
    GRID = "GRID"
    """Batch sizes."""
    BATCH_SIZE = "N|full"
    """One of them."""
    ONE_OF = "WORD"
    """One of some words."""
    FILE = "FILE"
    FOLDER = "FOLDER"
    FILE_OR_FOLDER = "FILE|FOLDER"


@dataclass(frozen=True)
class Choice:
    """One choice: its name, how its value is written, and what it means; the default is the verb's own."""

    name: str
    """As the command line has it, after ``--``."""
    kind: Kind
    help: str
    many: bool = False
    """Whether it can be given several times."""
    least: int = 0
    """Of a `Kind.COUNT`."""
    most: int | None = None
    words: tuple[str, ...] = ()
    """Of a `Kind.ONE_OF`."""
    called: str = ""
    """What help calls its value, where that is not as its kind."""
    before: tuple[str, ...] = ()
    """Names it had in earlier releases; they still work."""

    @property
    def metavar(self) -> str:
        """What help calls its value."""
        return self.called or "|".join(self.words) or self.kind.value


WORKLOAD = Choice(
    "workload",
    Kind.NAME,
    "What is trained; may be repeated: blobs, digits-mlp, mnist-cnn, sequence-rnn, char-lm, `all` for these, or one of "
    "your own as package.module:attribute.",
    many=True,
)
BATCH_SIZES = Choice(
    "batch-sizes",
    Kind.GRID,
    "Whole numbers, `full`, 16..1024 (powers of two), 16..1024* (with their neighbours), 50..500+50 (arithmetic), "
    "separated by commas.",
)
LOOP = Choice(
    "loop",
    Kind.NAME,
    f"What executes an epoch; may be repeated: {', '.join(LOOPS)}, or `all` for each.",
    many=True,
)
BACKEND = Choice(
    "backend",
    Kind.NAME,
    f"What runs Keras; may be repeated, and all take turns: {', '.join(BACKENDS)}.",
    many=True,
)
THREADS = Choice(
    "threads",
    Kind.COUNT,
    "Processors that training may use, and so threads, the same on every backend (Linux).",
    least=1,
)
REQUIRE_GPU = Choice(
    "require-gpu", Kind.YES_OR_NO, "Exit 2 where there is no GPU, or something is trained on anything else."
)
TURNS = Choice("turns", Kind.COUNT, "Times that all that is measured takes its turn, in random order.", least=1)
BUDGET = Choice(
    "budget",
    Kind.TIME,
    "Take turns no longer than this, as in 60s or 2min: in a sweep for each workload, but at least 10 turns; in a "
    "comparison for each cell. Starting processes and compiling come on top.",
)
FIRST_EPOCH_LIMIT = Choice(
    "first-epoch-limit",
    Kind.TIME,
    "Give up a batch size and loop whose compilation and first epochs take longer.",
)
MEMORY = Choice("memory", Kind.YES_OR_NO, "Measure each cell's peak memory too, in fresh processes (some 10 s each).")
WIDE = Choice("wide", Kind.YES_OR_NO, "Print every column, wider than 80 characters.")
SEED = Choice(
    "seed",
    Kind.COUNT,
    "Of weights, data order and the order of turns.",
    # Times the restarts of a comparison it still has to be a seed of Keras, which ends at 2 ** 32.
    most=100_000_000,
    before=("sweep-seed",),
)
LEARNING_RATE = Choice(
    "learning-rate",
    Kind.ONE_OF,
    "paper: with the workload's exceptions by batch size, where its source has some; same: one rate for all.",
    words=("paper", "same"),
)
SEEDS = Choice("seeds", Kind.COUNT, "Trainings per batch size; of accuracy tests, to begin with.", least=2)
MAX_SEEDS = Choice("max-seeds", Kind.COUNT, "Accuracy tests: draw no more seeds than this.", least=2)
