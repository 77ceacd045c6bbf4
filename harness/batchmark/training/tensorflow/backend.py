"""The parts of this backend."""

from batchmark.backends import TENSORFLOW
from batchmark.training.backend import Backend
from batchmark.training.counting.counting import Counting
from batchmark.training.stacking import Stacking
from batchmark.training.tensorflow.arrays import TensorArrays
from batchmark.training.tensorflow.counting import count_operations, program_of_step
from batchmark.training.tensorflow.devices import Devices
from batchmark.training.tensorflow.evaluating import CompiledEvaluation
from batchmark.training.tensorflow.gradients import gradients_of
from batchmark.training.tensorflow.held_randomness import TensorRandomness
from batchmark.training.tensorflow.loops import COMPILED_LOOPS, FIT_LOOPS, seed_after_seed
from batchmark.training.tensorflow.pipelines import Datasets
from batchmark.training.tensorflow.stackable import why_not_stackable
from batchmark.training.tensorflow.stacked import StackedTraining
from batchmark.training.tensorflow.stacked_evaluation import StackedEvaluation
from batchmark.training.tensorflow.tracing import step_of
from batchmark.training.tensorflow.variables import TensorVariables

BACKEND = Backend(
    name=TENSORFLOW,
    device=Devices(),
    arrays=TensorArrays(),
    pipelines=Datasets(),
    variables=TensorVariables(),
    randomness=TensorRandomness(),
    step_of=step_of,
    fit_loops=FIT_LOOPS,
    compiled_loops=COMPILED_LOOPS,
    seed_after_seed=seed_after_seed,
    stacking=Stacking(why_not_stackable, StackedEvaluation, StackedTraining),
    gradients=gradients_of,
    evaluation_of=CompiledEvaluation,
    counting=Counting(
        runs_in=("tensorflow/python/eager/execute.py", "tensorflow/python/ops/gen_"),
        traces=frozenset({"func_graph_from_py_func"}),
        operations=count_operations,
        program_of_step=program_of_step,
    ),
)
"""Keras on TensorFlow."""
