"""The names of the loops: how an epoch is executed. What they do is in `batchmark.training`."""

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
    FIT_JIT_COMPILE: "fit() with each step compiled by XLA",
    COMPILED: "the whole epoch in one compiled function, graph or XLA: whichever a short trial finds faster",
    COMPILED_GRAPH: "the whole epoch in one TensorFlow graph",
    COMPILED_XLA: "the whole epoch in one XLA program",
}
EVERY = "all"
"""Stands for every loop but ``compiled``, which is one of the others."""
_EACH = tuple(name for name in LOOPS if name != COMPILED)
STEPS_PER_EXECUTION = 32
"""The most steps in an execution of ``fit:steps_per_execution``."""


def expand(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the loops that `names` name, each once.

    Raises UnknownNameError with the known loops named.
    """
    expanded = [each for name in names for each in (_EACH if name == EVERY else (name,))]
    for name in expanded:
        if name not in LOOPS:
            message = f"unknown loop {name!r}; the loops are {', '.join(LOOPS)}, and {EVERY} for each of them"
            raise UnknownNameError(message)
    return tuple(dict.fromkeys(expanded))
