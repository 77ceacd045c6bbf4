"""Loss and quality of a model on data it was not trained on: what Keras' own ``evaluate`` says."""

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from batchmark.errors import BatchmarkError, WorkloadError
from batchmark.training.backend import the_backend
from batchmark.training.examples import InMemory
from batchmark.training.log_names import by_number
from batchmark.training.overrides import why_not_around_its_test_step
from batchmark.training.short_training import ShortTraining
from batchmark.workloads import Split
from batchmark.workloads.quality import Quality, quality_of
from batchmark.workloads.users_code import in_one_line, line_of, line_of_error

if TYPE_CHECKING:
    from batchmark.training.backend import Evaluation

EVALUATED_AT_ONCE = 1_000
"""Examples in a batch of an evaluation: the same for all that is compared, because a metric may depend on it."""
_TRIED = 64

Evaluate = Callable[[], NDArray[np.float32]]
"""Returns loss and quality of a model, shape (2,)."""
_AGREED = 2
"""At so many different weights: what is counted on from call to call agrees once."""


class Evaluated:
    """Test data as ``evaluate`` takes them, made once."""

    def __init__(self, split: Split) -> None:
        """Take data in memory."""
        self.split = split

    @cached_property
    def in_memory(self) -> InMemory:
        """As a step takes them."""
        return InMemory(self.split)

    @cached_property
    def arguments(self) -> dict[str, Any]:
        """What ``evaluate`` is called with."""
        whole = self.in_memory.as_fit_gives()
        dataset = the_backend().pipelines.slices_of(whole, EVALUATED_AT_ONCE)
        return self.arrays if dataset is None else {"x": dataset}

    @property
    def arrays(self) -> dict[str, Any]:
        """What an ``evaluate`` of the user's own is called with."""
        return self.in_memory.keras_arguments(EVALUATED_AT_ONCE)


class AsGiven(Evaluated):
    """The same in the user's own arrays: what other ways are held against."""

    @property
    def arguments(self) -> dict[str, Any]:  # made anew each time
        """What ``evaluate`` is called with."""
        return self.arrays


def evaluate(model: Any, on: Evaluated, quality: Quality) -> NDArray[np.float32]:
    """Return loss and quality on test data, shape (2,), by the model's own ``evaluate``.

    Raises WorkloadError: it doesn't return what quality is judged by.
    """
    arguments = on.arrays if why_not_around_its_test_step(model) else on.arguments
    return judged(model.evaluate(**arguments, verbose=0, return_dict=True), quality)


class RepeatedEvaluation:
    """Evaluating one model over and over, on its test data: compiled, where that says what ``evaluate`` says.

    To the last bit, at weights that differ, by a test step that changes nothing but metrics: so that it makes no
    difference when an evaluation began to be compiled. Otherwise it is ``evaluate`` throughout.
    """

    def __init__(self, model: Any, on: Evaluated, quality: Quality) -> None:
        """Take a model, whose weights are to change; nothing is compiled yet."""
        self._model = model
        self._on = on
        self._quality = quality
        self._agreed: list[tuple[float, ...]] = []
        self._compiled: Evaluation | None = None
        self._is_given_up = the_backend().evaluation_of is None or bool(why_not_around_its_test_step(model))

    def __call__(self) -> NDArray[np.float32]:
        """Return loss and quality, shape (2,).

        Raises WorkloadError: ``evaluate`` doesn't return what quality is judged by.
        """
        if self._is_given_up:
            return self._by_evaluate()
        if self._compiled is None:
            found = self._by_evaluate()
            self._compile()
            return found
        if len(self._agreed) >= _AGREED:
            return judged(self._compiled(), self._quality)
        return self._beside_evaluate(self._compiled)

    def _by_evaluate(self) -> NDArray[np.float32]:
        return evaluate(self._model, self._on, self._quality)

    def _compile(self) -> None:
        make = the_backend().evaluation_of
        try:
            self._compiled = None if make is None else make(self._model, self._on.in_memory)
        except Exception:  # noqa: BLE001  whatever tracing a user's own test step may raise
            self._compiled = None
        self._is_given_up = self._compiled is None or not self._compiled.is_repeatable

    def _beside_evaluate(self, compiled: "Evaluation") -> NDArray[np.float32]:
        before = compiled.beside_metrics()
        theirs = self._by_evaluate()
        if not all(map(np.array_equal, before, compiled.beside_metrics())):
            # It would count, or keep, once more.
            self._is_given_up = True
            return theirs
        try:
            ours = judged(compiled.tried(), self._quality)
        except Exception:  # noqa: BLE001  whatever running a user's own test step may raise
            self._is_given_up = True
            return theirs
        if np.isfinite(theirs).all():
            self._is_given_up = not np.array_equal(ours, theirs)
            found = tuple(theirs.tolist())
            # A quality that stands still says nothing: a first look's may be what it is without any training.
            if not any(mine == other for before in self._agreed for mine, other in zip(found, before, strict=True)):
                self._agreed.append(found)
        return theirs


def evaluations(
    model: Any, tests: tuple[Evaluated, Evaluated], quality: Quality, *, is_reused: bool
) -> tuple[Evaluate, Evaluate]:
    """Return what evaluates `model` on the workload's own test set and on the large fresh one.

    `is_reused`: it is trained from many seeds, and compiling pays: on the test set that is looked at along a training.
    """
    validation, fresh = tests
    own = RepeatedEvaluation(model, validation, quality) if is_reused else partial(evaluate, model, validation, quality)
    return own, own if fresh is validation else partial(evaluate, model, fresh, quality)


def judged(logs: Mapping[str, Any], quality: Quality) -> NDArray[np.float32]:
    """Return loss and quality of an evaluation's logs, shape (2,). Raises WorkloadError: quality isn't among them."""
    # A test step of one's own need not call its loss so.
    loss = float(np.mean(logs.get("loss", next(iter(logs.values()), np.nan))))
    return np.array([loss, quality_in(logs, quality)], np.float32)


def quality_in(logs: Mapping[str, Any], quality: Quality) -> float:
    """Return the quality among `logs`, turned so that higher is better.

    Raises WorkloadError: it isn't among them.
    """
    return quality.sign * float(np.mean(logs[name_in(logs, quality)]))


def name_in(logs: Mapping[str, Any], quality: Quality) -> str:
    """Return what `logs` call the quality: Keras numbers metrics of the same name through a process.

    Raises WorkloadError: it isn't among them.
    """
    if quality.log in logs:
        return quality.log
    alike = [name for name in logs if by_number(name)[0] == quality.log]
    if len(alike) == 1:
        return alike[0]
    message = (
        f"quality_metric {quality.log!r} is none of what the model's evaluate returns: {', '.join(logs)}; "
        "name one of these, or add it to compile(metrics=[...])"
    )
    raise WorkloadError(message)


def require_quality(short: ShortTraining) -> None:
    """Refuse a workload whose `quality_metric` its model's ``evaluate`` doesn't return; try it on a few examples.

    Raises WorkloadError, with the user's own line.
    """
    loaded = short.loaded
    if not loaded.description.quality_metric or loaded.validation is None:
        return
    quality = quality_of(loaded.description)
    line = line_of(loaded.workload.build_model)
    tried = InMemory(loaded.validation)
    few = Evaluated(tried.at(range(min(_TRIED, tried.examples))).split)
    try:
        found = [evaluate(short.model(seed), few, quality)[1] for seed in (short.seed, short.seed + 1)]
    except BatchmarkError as error:
        message = f"{line}: {error}"
        raise WorkloadError(message) from error
    except Exception as error:
        where = line_of_error(error) or line
        message = f"{where}: the model can't be evaluated on the validation data: {in_one_line(error)}"
        raise WorkloadError(message) from error
    if quality.log == "loss" and found[0] == found[1] == 0.0:
        message = (
            f"{line}: the loss that evaluate returns is 0 whatever the weights are: a step of its own that logs a loss "
            "has to keep it in a metric, or compile(loss=...) has to name it"
        )
        raise WorkloadError(message)
