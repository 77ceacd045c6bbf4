"""The parts of this backend."""

from batchmark.backends import JAX
from batchmark.training.backend import Backend
from batchmark.training.counting.counting import Counting
from batchmark.training.jax.arrays import JaxArrays
from batchmark.training.jax.counting import program_of_step
from batchmark.training.jax.devices import Devices
from batchmark.training.jax.gradients import gradients_of
from batchmark.training.jax.loops import COMPILED_LOOPS, FIT_LOOPS
from batchmark.training.jax.randomness import JaxRandomness
from batchmark.training.jax.stacked import StackedEvaluation, StackedTraining, why_not_stackable
from batchmark.training.jax.stepping import step_of
from batchmark.training.jax.variables import JaxVariables
from batchmark.training.py_datasets import PyDatasets
from batchmark.training.stacking import Stacking

BACKEND = Backend(
    name=JAX,
    device=Devices(),
    arrays=JaxArrays(),
    pipelines=PyDatasets(),
    variables=JaxVariables(),
    randomness=JaxRandomness(),
    step_of=step_of,
    fit_loops=FIT_LOOPS,
    compiled_loops=COMPILED_LOOPS,
    seed_after_seed=lambda _: tuple(COMPILED_LOOPS),
    stacking=Stacking(why_not_stackable, StackedEvaluation, StackedTraining),
    gradients=gradients_of,
    evaluation_of=None,
    counting=Counting(
        runs_in=(
            "jax/_src/interpreters/pxla.py",
            "jax/_src/pjit.py",
            "jax/_src/array.py",
            "keras/src/backend/jax/trainer.py",
            "batchmark/training/jax/",
        ),
        # One or the other, by release.
        traces=frozenset({"trace_to_jaxpr", "trace_to_jaxpr_dynamic"}),
        program_of_step=program_of_step,
    ),
)
"""Keras on JAX."""
