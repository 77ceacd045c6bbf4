"""A model's evaluation as one graph: ``evaluate`` without what it does between batches."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from numpy.typing import NDArray

from batchmark.training.evaluation import EVALUATED_AT_ONCE
from batchmark.training.examples import InMemory
from batchmark.training.tensorflow.batches import batch_at
from batchmark.training.tensorflow.state import Kept, plain
from batchmark.training.tensorflow.tracing import as_traced, runs_python, test_step_of


class CompiledEvaluation:
    """The model's own ``test_step`` over all of the data, in the slices of ``evaluate``.

    On two cores 26 ms in place of 72 for a small language model. Note: XLA takes half of that again; rejected because
    it rounds otherwise than ``evaluate``, takes seconds to compile, and makes convolutions slower.
    """

    def __init__(self, model: Any, data: InMemory) -> None:
        """Trace it; nothing is evaluated yet. `model` has been evaluated: its metrics exist."""
        slices, rest = divmod(data.examples, EVALUATED_AT_ONCE)
        data.as_fit_gives()
        step = test_step_of(model)

        def evaluated() -> Any:
            model.reset_metrics()
            for index in tf.range(slices):
                tf.autograph.experimental.set_loop_options(parallel_iterations=1)
                step(batch_at(data, index * EVALUATED_AT_ONCE + tf.range(EVALUATED_AT_ONCE)))
            if rest:
                step(batch_at(data, tf.range(slices * EVALUATED_AT_ONCE, data.examples)))
            return model.get_metrics_result()

        self._evaluated = tf.function(evaluated).get_concrete_function()
        traced = as_traced(self._evaluated)
        metrics = [plain(variable) for metric in model.metrics for variable in metric.variables]
        of_metrics = {id(variable.handle) for variable in metrics}
        self._others = [variable for variable in traced.variables if id(variable.handle) not in of_metrics]
        self._all = [*metrics, *self._others]
        self.is_repeatable = not traced.random_operations and not runs_python(self._evaluated)

    def __call__(self) -> Mapping[str, Any]:
        """Return the logs at the weights that the model has now."""
        return {name: value.numpy() for name, value in self._evaluated().items()}

    def tried(self) -> Mapping[str, Any]:
        """Return the logs, and leave each variable as it was: of metrics too, which need not begin anew."""
        kept = Kept(self._all)
        logs = self()
        kept.restore()
        return logs

    def beside_metrics(self) -> list[NDArray[Any]]:
        """Return what the variables hold that it uses, without those of the metrics."""
        return [variable.numpy() for variable in self._others]
