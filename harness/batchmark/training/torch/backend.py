"""The parts of this backend."""

from batchmark.backends import TORCH
from batchmark.training.backend import Backend
from batchmark.training.counting.counting import Counting
from batchmark.training.stacking import Stacking
from batchmark.training.torch.arrays import TorchArrays
from batchmark.training.torch.counting import count_operations
from batchmark.training.torch.devices import Devices
from batchmark.training.torch.gradients import gradients_of
from batchmark.training.torch.loops import COMPILED_LOOPS, FIT_LOOPS
from batchmark.training.torch.pipelines import Loaders
from batchmark.training.torch.randomness import TorchRandomness
from batchmark.training.torch.stacked import not_evaluated, not_stacked, why_not_stackable
from batchmark.training.torch.stepping import step_of
from batchmark.training.torch.variables import TorchVariables

BACKEND = Backend(
    name=TORCH,
    device=Devices(),
    arrays=TorchArrays(),
    pipelines=Loaders(),
    variables=TorchVariables(),
    randomness=TorchRandomness(),
    step_of=step_of,
    fit_loops=FIT_LOOPS,
    compiled_loops=COMPILED_LOOPS,
    seed_after_seed=lambda _: tuple(COMPILED_LOOPS),
    stacking=Stacking(why_not_stackable, not_evaluated, not_stacked),
    gradients=gradients_of,
    evaluation_of=None,
    counting=Counting(
        runs_in=("/torch/", "keras/src/backend/torch/"),
        traces=frozenset({"_compile_inner", "compile_inner"}),
        operations=count_operations,
    ),
)
"""Keras on PyTorch."""
