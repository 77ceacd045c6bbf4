"""What JAX knows of the machine it trains on, and waiting for it."""

import os
from typing import Any

import jax

from batchmark.errors import TrainingError
from batchmark.training.keras_versions import keras
from batchmark.workloads.users_code import in_one_line

_FLAG_VARIABLES = ("XLA_FLAGS", "JAX_PLATFORMS", "JAX_ENABLE_X64", "JAX_DEFAULT_MATMUL_PRECISION", "OMP_NUM_THREADS")
_OF_ACCELERATORS = (
    "XLA_PYTHON_CLIENT_PREALLOCATE",
    "XLA_CLIENT_MEM_FRACTION",
    "XLA_PYTHON_CLIENT_MEM_FRACTION",
    "CUDA_VISIBLE_DEVICES",
)


class Devices:
    """The devices that JAX sees."""

    def version(self) -> str:
        """Return JAX's release."""
        return str(jax.__version__)

    def facts(self) -> dict[str, object]:
        """Return the training device and the flags that change what is measured.

        JAX has no setting for its threads: on a CPU it takes one for each processor that the process may use.

        Raises TrainingError: there is no device of the kind that was asked for.
        """
        first = _devices()[0]
        is_cpu = first.platform == "cpu"
        distribution = keras.distribution.distribution()
        return {
            # As every backend calls it.
            "device": {"cpu": "CPU", "cuda": "GPU", "rocm": "GPU"}.get(first.platform, first.platform.upper()),
            "device_count": int(distribution.device_mesh.devices.size) if distribution else 1,
            "devices_visible": len(jax.devices()),
            "device_name": None if is_cpu else str(first.device_kind),
            "flags": {
                name: os.environ[name]
                for name in (*_FLAG_VARIABLES, *(() if is_cpu else _OF_ACCELERATORS))
                if name in os.environ
            },
        }

    def synchronise(self, model: Any = None) -> None:
        """Wait until all that an epoch of `model` changed is there; without one, until every array is.

        Work that was given to JAX is waited for by its results alone: they are what training left on the model.
        """
        jax.block_until_ready(jax.live_arrays() if model is None else _left_by_training(model))

    def runs_eagerly(self) -> bool:
        """Whether JAX was told to compile nothing."""
        return bool(jax.config.jax_disable_jit)

    def has_accelerator(self) -> bool:
        """Whether it trains on anything but a CPU."""
        return bool(jax.devices()[0].platform != "cpu")

    def peak_bytes(self) -> int | None:
        """Return the most memory that was in use on the first accelerator, in bytes; None without one."""
        if not self.has_accelerator():
            return None
        statistics = jax.devices()[0].memory_stats() or {}
        return int(statistics["peak_bytes_in_use"]) if "peak_bytes_in_use" in statistics else None


def _devices() -> list[Any]:
    try:
        return list(jax.devices())
    except Exception as error:
        asked = os.environ.get("JAX_PLATFORMS", "")
        why = f" (JAX_PLATFORMS={asked}); take that away, or install the build for it" if asked else ""
        message = f"JAX finds no device{why}: {in_one_line(error)}"
        raise TrainingError(message) from error


def _left_by_training(model: Any) -> list[Any]:
    """Return the arrays that training changes: within a call of fit Keras keeps them beside the model's variables."""
    within_fit = getattr(model, "_jax_state", None)
    if within_fit:
        # Keras wraps what is set on a model in lists and dictionaries of its own, which JAX takes for one thing.
        return [array for group in within_fit.values() for array in group or ()]
    optimizer = model.optimizer.variables if model.optimizer is not None else ()
    return [each.value for group in (model.variables, optimizer, model.metrics_variables) for each in group]
