"""What a workload is: a model, its data, its quality metric and the margin on it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

# Every pytest run in an environment with Batchmark imports this module through the plugin: it is kept light.
if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Split:
    """Arrays of the same examples: the first axis of each counts examples.

    Each is an array, or a list, tuple or dictionary of arrays where a model has several inputs or outputs.
    """

    x: Any
    y: Any = None
    sample_weight: Any = None

    def __len__(self) -> int:
        """Return the number of examples."""
        first = _first_array(self.x)
        # A sparse matrix has a shape and no length.
        shape = getattr(first, "shape", None)
        return len(first) if shape is None else int(shape[0])


@dataclass(frozen=True)
class Data:
    """A workload's data: arrays, or what ``fit`` takes instead of them.

    Each part is a `Split`, a tuple ``(x,)``, ``(x, y)`` or ``(x, y, sample_weight)``, or a ``tf.data.Dataset`` of
    batches of such tuples.
    """

    train: Any
    validation: Any = None
    """The workload's own, finite test set: what its source reports on. The accuracy tests need it."""
    fresh: Any = None
    """A large test set from the same distribution, so that the finite one's noise doesn't drown an effect; without
    one the accuracy tests judge on `validation`."""


@dataclass(frozen=True, kw_only=True)
class Description:
    """What there is to know of a workload apart from its model and data. Everything has a default."""

    name: str = ""
    """Left empty: what it was found by."""
    version: int = 1
    """Raised whenever a change to the workload makes older measurements incomparable."""
    description: str = ""
    examples: int = 0
    """Training examples; 0: counted when the data are loaded."""
    tokens_per_example: int | None = None
    """Of a language model, whose examples are sequences: tokens are reported beside examples."""
    default_batch_sizes: str = ""
    """What a sweep measures, in the grammar of `batchmark.written.batch_sizes`; empty: powers of two up to 512."""
    default_loops: tuple[str, ...] = ("fit", "compiled")
    budget_seconds: float = 90.0
    """How long a sweep takes turns, first epochs apart."""
    epochs: int = 10
    """Epochs of a training whose quality is judged."""
    reference_batch_size: int = 32
    """What the quality of the other batch sizes is compared with, and what loops are tried at."""
    quality_metric: str = ""
    """What quality is: the name of any number that the model's ``evaluate`` returns, as ``accuracy``, ``loss`` or
    ``head_auc``; ``negative_loss`` is another name for ``loss``. Empty: quality is not judged."""
    quality_direction: str = ""
    """``higher`` or ``lower``, whichever is better; empty: what is usual for the metric, where that is known."""
    quality_margin: float = 0.0
    """The difference in quality that would matter, in the metric's own unit."""
    quality_if_stuck: float | None = None
    """What a training reaches that gets stuck, in the metric's own unit: what guessing does, as 0.1 among ten classes
    that are equally often, or a loss of log(10), of ``negative_loss`` too.

    It says what seeds could cost that are stuck and weren't seen. None: 0 for accuracy and its like; of a loss it isn't
    known, and then no two sides are called equivalent."""
    quality_batch_sizes: str = ""
    """Those whose quality is to equal the reference batch size's; empty: those that a sweep measures."""
    learning_rate: float | None = None
    """Given to `build_model` as ``learning_rate``. None: the model's own."""
    learning_rate_exceptions: dict[int, float] = field(default_factory=dict)
    """Learning rates by batch size, where the workload's source departs from the one above."""

    def learning_rate_for(self, batch_size: int, *, same: bool = False) -> float | None:
        """Return the learning rate at `batch_size`; `same` ignores the exceptions."""
        return self.learning_rate if same else self.learning_rate_exceptions.get(batch_size, self.learning_rate)


@dataclass(frozen=True)
class Workload(Description):
    """What is trained, and what counts as trained well. Two functions are all it takes."""

    build_model: Callable[..., Any]
    """Returns a compiled Keras model, its weights drawn from Keras' global seed. It may take a `learning_rate`."""
    load_data: Callable[..., Any]
    """Returns the training data ``(x,)``, ``(x, y)`` or ``(x, y, sample_weight)``, or a `Data` that has test data
    as well. One that takes a `batch_size` returns a ``tf.data.Dataset`` of batches of that size, or a `Data` of
    such."""

    def described(self, *, name: str, examples: int) -> Description:
        """Return what there is to know of it, under the `name` it was found by."""
        known = {each.name: getattr(self, each.name) for each in fields(Description)}
        reference = min(self.reference_batch_size, examples)
        return replace(Description(**known), name=name, examples=examples, reference_batch_size=reference)


def as_split(part: Any) -> Split:  # noqa: ANN401  whatever a user's function returns
    """Return a part of the data, as a user's function gave it, as a `Split`.

    Raises TypeError: a tuple of more than three, or a list, which might be several inputs or inputs and labels.
    """
    if isinstance(part, Split):
        return part
    if isinstance(part, tuple):
        if not 1 <= len(part) <= 3:  # noqa: PLR2004  x, y, sample_weight
            message = f"data of {len(part)} parts; expected (x,), (x, y) or (x, y, sample_weight)"
            raise TypeError(message)
        return Split(*part)
    if isinstance(part, list):
        message = "data in a list; expected a tuple (x,), (x, y) or (x, y, sample_weight), with several inputs in x"
        raise TypeError(message)
    return Split(part)


def _first_array(nested: Any) -> Any:  # noqa: ANN401  arrays in whatever a user keeps them in
    while isinstance(nested, (dict, list, tuple)):
        nested = next(iter(nested.values() if isinstance(nested, dict) else nested))
    return nested
