"""What a backend is: everything that the rest of this package can't ask of Keras itself; and which one is in use.

A backend is one folder beside this file. docs/architecture.md says what to write to add one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from batchmark.backends import BACKENDS, JAX, TENSORFLOW, TORCH
from batchmark.errors import UnsupportedBackendError
from batchmark.workloads.keras_backend import VARIABLE, backend_in_use

# For types only: what stands in these asks for the backend in use.
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    import numpy as np
    from numpy.typing import NDArray

    from batchmark.training.counting.counting import Counting
    from batchmark.training.data_order import Permutation
    from batchmark.training.examples import Examples, InMemory
    from batchmark.training.loop import MakeCompiledLoop, MakeFitLoop
    from batchmark.training.map_parts import Indices
    from batchmark.training.stacking import Stacking
    from batchmark.training.state import State, TracedStep
    from batchmark.workloads import Split


@dataclass(frozen=True)
class Backend:
    """What runs Keras, in parts."""

    name: str
    """As the variable KERAS_BACKEND has it, and a record."""
    device: Device
    arrays: Arrays
    pipelines: Pipelines
    variables: Variables
    randomness: Randomness
    step_of: MakeStep
    fit_loops: Mapping[str, MakeFitLoop]
    """What trains by ``fit``, by the loop's name; ``fit`` itself is always among them."""
    compiled_loops: Mapping[str, MakeCompiledLoop]
    """What calls a model's train step without ``fit``, by the loop's name."""
    seed_after_seed: Callable[[Any], Sequence[str]]
    """Takes a model, and returns the names of the compiled loops, first what trains it fastest over and over."""
    stacking: Stacking
    """Many seeds at once."""
    gradients: MakeGradients
    evaluation_of: MakeEvaluation | None
    """None: Keras' own ``evaluate`` is all there is."""
    counting: Counting


class Device(Protocol):
    """The machine, as this backend sees it."""

    def version(self) -> str:
        """Return the backend's own release."""

    def facts(self) -> dict[str, object]:
        """Return the training device, thread settings and the flags that change what is measured; all fit for JSON."""

    def synchronise(self, model: Any = None) -> None:
        """Wait until the work that was given to the devices is done: all of it, or all that training `model` changed.

        Once an epoch: it has to be cheap.
        """

    def runs_eagerly(self) -> bool:
        """Whether a setting of the backend has every function run as Python, uncompiled."""

    def has_accelerator(self) -> bool:
        """Whether there is one, which may add up in any order."""

    def peak_bytes(self) -> int | None:
        """Return the most memory that was in use on the first accelerator, in bytes; None without one."""


class Arrays(Protocol):
    """Data in memory, as this backend keeps them."""

    def as_fit_gives(self, split: Split) -> Any:
        """Return all examples in one batch, packed and shaped as ``fit`` hands them to ``train_step``.

        Raises what Keras' own adapters raise.
        """

    def take(self, part: Any, indices: Indices) -> Any | None:
        """Return the examples of `part` at `indices`; None where it is none of this backend's own tensors."""

    def in_order(self, train: InMemory, batch_size: int, order: Callable[[], Permutation]) -> Any | None:
        """Return what ``fit`` takes for batches of `train` in the order that `order` gives when an epoch begins.

        None where these examples can't be taken apart.
        """

    def plain(self, inputs: Any) -> list[NDArray[Any]]:
        """Return what a model is given, or a pipeline's first batch of it, as plain arrays: those that can be."""


class Pipelines(Protocol):
    """Input pipelines of the kind that this backend's users write: a data set that gives batches, pass by pass."""

    kind: str
    """What one is called."""
    batched: str
    """What its user writes for batches of a size."""

    def is_one(self, data: Any) -> bool:
        """Whether `data` is such a data set."""

    def require_epoch(self, dataset: Any, batch_size: int) -> None:
        """Refuse what never ends, or leaves out the partial last batch, as far as it says so itself.

        Raises WorkloadError.
        """

    def batch_length(self, batch: Any) -> int:
        """Return the number of examples in a batch."""

    def shape_of(self, batch: Any) -> Hashable:
        """Return what is equal for batches that a step is traced for once."""

    def of_batches(self, dataset: Any, batches: Sequence[Any]) -> Callable[[], Any]:
        """Return what makes a data set like `dataset` of these of its batches alone."""

    def slices_of(self, whole: Any, batch_size: int) -> Any:
        """Return a data set of batches of what is in memory, as a train step takes it; None: arrays do as well."""

    def repeated(self, dataset: Any, batch_size: int) -> Any:
        """Return a data set of one batch of `batch_size` examples: those of `dataset`, again and again."""


class Variables(Protocol):
    """A model's variables, and all else that its step changes. They exist once a step was traced."""

    def trace(self, model: Any, data: Examples, batch_size: int) -> TracedStep:
        """Trace the model's train step for such batches, which creates what training needs and trains nothing."""

    def state(self, model: Any, data: Examples, batch_size: int) -> State:
        """Return all that training on such batches, or an evaluation, changes; nothing of this model has trained yet.

        What several models share, as a variable at module level, is given what it held before anything trained.
        """

    def weights(self, model: Any) -> tuple[NDArray[Any], ...]:
        """Return the model's own variables, what isn't trained among them."""

    def trained(self, model: Any) -> tuple[str | None, ...]:
        """Return, for each of what `weights` gives, the path of the variable if it is trained; None if it is not."""

    def set_weights(self, model: Any, weights: Iterable[NDArray[Any]]) -> None:
        """Put them back, as `weights` gave them."""

    def value(self, variable: Any) -> NDArray[Any]:
        """Return what one of Keras' variables holds."""

    def are_finite(self, variables: Iterable[Any]) -> bool:
        """Whether every number in Keras' `variables` is finite: what are no floating-point numbers are."""


class Randomness(Protocol):
    """The random numbers that a training draws."""

    held_operations: frozenset[str]
    """The kinds of operations that are held, as `TracedStep.random_operations` names them."""

    def held(self) -> AbstractContextManager[None]:
        """Let what is traced in this context draw fixed numbers, the same in every loop; rarer operations go on."""

    def draw(self) -> float:
        """Draw a number from the backend's own generator, which Keras seeds: equal where two were seeded alike."""


class MakeStep(Protocol):
    """Compiles a step by itself."""

    def __call__(self, model: Any, *, xla: bool) -> Callable[[Any], object]:
        """Return what trains a model for one batch, compiled as the loop's steps are."""


class MakeGradients(Protocol):
    """Compiles the gradient of a model's own loss, as `batchmark.training.own_loss` has it."""

    def __call__(self, model: Any, data: InMemory) -> Callable[[Indices], tuple[float, NDArray[np.float32]]]:
        """Return what takes the indices of a batch of `data`, and gives its loss and gradient at the model's weights.

        The gradient is of what is trained, flat, in the order of `Variables.weights`. Compiled once, or once for each
        batch size; `model` is built.
        """


class MakeEvaluation(Protocol):
    """Compiles the evaluation of a model, for one that is evaluated again and again."""

    def __call__(self, model: Any, data: InMemory) -> Evaluation:
        """Return what gives the logs of ``evaluate`` on `data`, at the weights that `model` has then.

        `model` has been evaluated. Raises whatever tracing its test step raises.
        """


class Evaluation(Protocol):
    """A compiled one."""

    is_repeatable: bool
    """Whether it neither draws random numbers nor calls Python."""

    def __call__(self) -> Mapping[str, Any]:
        """Return the logs."""

    def tried(self) -> Mapping[str, Any]:
        """Return the logs, and leave each variable as it was."""

    def beside_metrics(self) -> Sequence[NDArray[Any]]:
        """Return what the variables hold that it uses, without those of the metrics."""


@cache
def the_backend() -> Backend:
    """Return the backend that Keras trains with: the one place where a backend's folder is imported.

    Raises UnsupportedBackendError: there is none of this name.
    """
    name = backend_in_use()
    if name == TENSORFLOW:
        from batchmark.training.tensorflow.backend import BACKEND  # noqa: PLC0415  only the one in use is installed

        return BACKEND
    if name == JAX:
        from batchmark.training.jax.backend import BACKEND as ON_JAX  # noqa: PLC0415  as above

        return ON_JAX
    if name == TORCH:
        from batchmark.training.torch.backend import BACKEND as ON_TORCH  # noqa: PLC0415  as above

        return ON_TORCH
    known = " or ".join(f"{VARIABLE}={each}" for each in BACKENDS)
    message = f"Keras is to train with {name!a}, and there is no such backend; type: export {known}"
    raise UnsupportedBackendError(message)
