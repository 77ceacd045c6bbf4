"""TensorFlow's loops, by name."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from batchmark.loops import COMPILED_GRAPH, COMPILED_XLA, FIT, FIT_JIT_COMPILE, FIT_STEPS_PER_EXECUTION
from batchmark.training.examples import Examples
from batchmark.training.fit_loop import FitLoop
from batchmark.training.fit_variants import more_steps_an_execution, plain_fit
from batchmark.training.keras_versions import set_jit_compile
from batchmark.training.loop import MakeCompiledLoop, MakeFitLoop
from batchmark.training.tensorflow.compiled_loop import CompiledLoop


def fit_by_xla(model: Any, data: Examples, *, batch_size: int, shuffle: bool) -> FitLoop:
    """Return ``fit`` with each step compiled by XLA."""
    set_jit_compile(model)
    told = "fit, each step by xla"
    return FitLoop(model, data, batch_size=batch_size, shuffle=shuffle, compilation=told, xla=True)


FIT_LOOPS: Mapping[str, MakeFitLoop] = {
    FIT: plain_fit,
    FIT_JIT_COMPILE: fit_by_xla,
    FIT_STEPS_PER_EXECUTION: more_steps_an_execution,
}
"""What trains by ``fit``."""

# XLA first: seed after seed it is the faster one where it works.
COMPILED_LOOPS: Mapping[str, MakeCompiledLoop] = {
    COMPILED_XLA: partial(CompiledLoop, xla=True),
    COMPILED_GRAPH: partial(CompiledLoop, xla=False),
}
"""What calls a model's train step without ``fit``."""
