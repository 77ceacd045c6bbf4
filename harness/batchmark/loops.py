"""The names of the loops: how an epoch is executed. What they do is in `batchmark.training`."""

from collections.abc import Mapping

from batchmark.backends import JAX, TENSORFLOW, TORCH
from batchmark.errors import UnknownNameError

FIT = "fit"
FIT_STEPS_PER_EXECUTION = "fit:steps_per_execution"
FIT_JIT_COMPILE = "fit:jit_compile"
COMPILED = "compiled"
COMPILED_GRAPH = "compiled:graph"
COMPILED_XLA = "compiled:xla"

LOOPS = {
    FIT: "Keras' own fit(), as the model is compiled",
    FIT_STEPS_PER_EXECUTION: "fit() with up to 32 steps in each execution",
    FIT_JIT_COMPILE: "fit() with each step compiled by XLA, on PyTorch by torch.compile",
    COMPILED: "the whole epoch in one compiled function, graph or XLA: whichever a short trial finds faster",
    COMPILED_GRAPH: "the whole epoch in one TensorFlow graph",
    COMPILED_XLA: "the whole epoch in one XLA program",
}
LOOPS_OF: Mapping[str, tuple[str, ...]] = {
    TENSORFLOW: tuple(LOOPS),
    JAX: (FIT, FIT_STEPS_PER_EXECUTION, COMPILED, COMPILED_XLA),
    TORCH: (FIT, FIT_JIT_COMPILE),
}
"""The loops that each backend has."""
EVERY = "all"
"""Stands for every loop but ``compiled``, which is one of the others."""
STEPS_PER_EXECUTION = 32
"""The most steps in an execution of ``fit:steps_per_execution``."""


def expand(names: tuple[str, ...], backend: str = TENSORFLOW) -> tuple[str, ...]:
    """Return the loops that `names` name and that `backend` has, each once.

    Raises UnknownNameError with the known loops named: one that no backend has.
    """
    each_of_it = [name for name in LOOPS_OF[backend] if name != COMPILED]
    expanded = [each for name in names for each in (each_of_it if name == EVERY else [name])]
    for name in expanded:
        if name not in LOOPS:
            message = f"unknown loop {name!r}; the loops are {', '.join(LOOPS)}, and {EVERY} for each of them"
            raise UnknownNameError(message)
    return tuple(dict.fromkeys(name for name in expanded if name in LOOPS_OF[backend]))


def some_of(names: tuple[str, ...], backend: str) -> tuple[str, ...]:
    """Return the loops that `names` name and that `backend` has, each once: there is one.

    Raises UnknownNameError: none, or one that no backend has.
    """
    found = expand(names, backend)
    if not found:
        message = f"{backend} has none of the loops {', '.join(names)}; it has {', '.join(LOOPS_OF[backend])}"
        raise UnknownNameError(message)
    return found


def compilations_of(backend: str) -> tuple[str, ...]:
    """Return what ``compiled`` may be on `backend`."""
    return tuple(name for name in (COMPILED_GRAPH, COMPILED_XLA) if name in LOOPS_OF[backend])
