"""JAX's loops, by name."""

from collections.abc import Mapping

from batchmark.loops import COMPILED_XLA, FIT, FIT_STEPS_PER_EXECUTION
from batchmark.training.fit_variants import more_steps_an_execution, plain_fit
from batchmark.training.jax.compiled_loop import ScannedLoop
from batchmark.training.loop import MakeCompiledLoop, MakeFitLoop

FIT_LOOPS: Mapping[str, MakeFitLoop] = {FIT: plain_fit, FIT_STEPS_PER_EXECUTION: more_steps_an_execution}
"""What trains by ``fit``: each step is an XLA program already, unless the model was compiled otherwise."""

COMPILED_LOOPS: Mapping[str, MakeCompiledLoop] = {COMPILED_XLA: ScannedLoop}
"""What calls a model's train step without ``fit``."""
