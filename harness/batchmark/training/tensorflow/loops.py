"""TensorFlow's loops, by name."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from batchmark.loops import COMPILED_GRAPH, COMPILED_XLA, FIT, FIT_JIT_COMPILE, FIT_STEPS_PER_EXECUTION
from batchmark.training.examples import Examples
from batchmark.training.fit_loop import FitLoop
from batchmark.training.fit_variants import more_steps_an_execution, plain_fit
from batchmark.training.keras_versions import set_jit_compile
from batchmark.training.loop import MakeCompiledLoop, MakeFitLoop
from batchmark.training.tensorflow.compiled_loop import CompiledLoop
from batchmark.training.tensorflow.devices import Devices


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

COMPILED_LOOPS: Mapping[str, MakeCompiledLoop] = {
    COMPILED_XLA: partial(CompiledLoop, xla=True),
    COMPILED_GRAPH: partial(CompiledLoop, xla=False),
}
"""What calls a model's train step without ``fit``."""


def convolves_on_cpu(model: Any) -> bool:
    """Whether a model has convolutions and no GPU: XLA's take some ten times as long as those of a graph there."""
    # Private, as Keras has no other way to the layers inside layers.
    layers = model._flatten_layers()  # noqa: SLF001
    return not Devices().has_accelerator() and any("Conv" in type(layer).__name__ for layer in layers)


def seed_after_seed(model: Any) -> Sequence[str]:
    """Return the compiled loops, XLA first: seed after seed it is the faster one, but for convolutions."""
    names = tuple(COMPILED_LOOPS)
    return names[::-1] if convolves_on_cpu(model) else names
