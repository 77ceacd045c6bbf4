"""What runs Keras: the backends that are measured, and what is to be known of each before it is imported."""

from collections.abc import Collection, Mapping

from batchmark.errors import UnknownNameError

TENSORFLOW = "tensorflow"
"""The backend that is measured where nothing else is asked for."""
JAX = "jax"
TORCH = "torch"
BACKENDS = (TENSORFLOW, JAX, TORCH)
PROPER_NAMES = {TENSORFLOW: "TensorFlow", JAX: "JAX", TORCH: "PyTorch"}
BROUGHT_BY: Mapping[str, frozenset[str]] = {
    TENSORFLOW: frozenset({"tensorflow", "tensorflow-cpu", "tf-nightly", "tf-nightly-cpu"}),
    JAX: frozenset({"jax", "jaxlib"}),
    TORCH: frozenset({"torch"}),
}
"""The packages that bring each of them."""
SHARING = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
"""What workers need in their environment to share a GPU, which TensorFlow and JAX would take whole."""


def known_backend(name: str) -> str:
    """Return `name`.

    Raises UnknownNameError: it is no backend that is measured.
    """
    if name not in BACKENDS:
        message = f"unknown backend {name!a}; Keras is measured on {', '.join(BACKENDS)}"
        raise UnknownNameError(message)
    return name


def brought_by(packages: Collection[str]) -> str | None:
    """Return the backend that `packages` bring, by their normalised names: None where they bring several, or none."""
    found = [backend for backend, names in BROUGHT_BY.items() if names.intersection(packages)]
    return found[0] if len(found) == 1 else None
