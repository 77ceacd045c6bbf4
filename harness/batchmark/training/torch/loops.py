"""PyTorch's loops, by name.

There is none without ``fit``: PyTorch has no program of a whole epoch, and a step compiled by ``torch.compile`` is what
``fit:jit_compile`` runs already.
"""

from collections.abc import Mapping

from batchmark.loops import FIT, FIT_JIT_COMPILE
from batchmark.training.loop import MakeCompiledLoop, MakeFitLoop
from batchmark.training.torch.compiled_steps import fit_by_torch_compile, plain_fit

FIT_LOOPS: Mapping[str, MakeFitLoop] = {FIT: plain_fit, FIT_JIT_COMPILE: fit_by_torch_compile}
"""What trains by ``fit``."""

COMPILED_LOOPS: Mapping[str, MakeCompiledLoop] = {}
