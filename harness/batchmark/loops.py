"""The names of the loops: how an epoch is executed. What they do is in `batchmark.training`."""

from batchmark.errors import UnknownNameError

FIT = "fit"
COMPILED = "compiled"
COMPILED_GRAPH = "compiled:graph"
COMPILED_XLA = "compiled:xla"

LOOPS = {
    FIT: "Keras' own fit()",
    COMPILED: "the whole epoch in one compiled function, graph or XLA: whichever a short trial finds faster",
    COMPILED_GRAPH: "the whole epoch in one TensorFlow graph",
    COMPILED_XLA: "the whole epoch in one XLA program",
}
DEFAULT_LOOPS = (FIT, COMPILED)


def check_loop(name: str) -> str:
    """Return `name` if it names a loop.

    Raises UnknownNameError with the known loops named.
    """
    if name not in LOOPS:
        message = f"unknown loop {name!r}; the loops are {', '.join(LOOPS)}"
        raise UnknownNameError(message)
    return name
