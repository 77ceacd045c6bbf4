"""Where Keras 2 (TensorFlow up to 2.15) and Keras 3 differ. No other module asks for the version."""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from batchmark.workloads.the_keras import the_keras

keras = the_keras()


def keras_version() -> str:
    """Return the version of the Keras in use."""
    # TensorFlow 2.13 to 2.15 hand out a module that doesn't say it.
    return str(getattr(keras, "__version__", None) or version("keras"))


def is_keras_3() -> bool:
    """Whether this is Keras 3, whose layers can be called without their own state."""
    return int(keras_version().partition(".")[0]) >= 3  # noqa: PLR2004


def is_compiled(model: Any) -> bool:
    """Whether ``compile`` was called: an attribute in Keras 3, a private one in Keras 2."""
    return bool(model.compiled if is_keras_3() else model._is_compiled)  # noqa: SLF001


def finish_fit_call(model: Any) -> None:
    """Do to the model what ``fit`` does before it returns: an optimizer that averages the weights puts them in."""
    finalize = getattr(model.optimizer, "finalize_variable_values", None)
    if finalize is not None:
        finalize(model.trainable_variables)


def optimizer_variables(optimizer: Any) -> Sequence[Any]:
    """Return the optimizer's variables: a method in TensorFlow 2.12, a property later.

    A model without an optimizer of its own, as one of two networks, has none here.
    """
    if optimizer is None:
        return ()
    variables = optimizer.variables
    found: Sequence[Any] = variables() if callable(variables) and not isinstance(variables, list) else variables
    return found


def set_steps_per_execution(model: Any, steps: int) -> None:
    """Let each execution of ``fit`` run `steps` steps, as ``compile(steps_per_execution=…)`` does.

    Keras 2 has only a private method for a model that is compiled already.
    """
    if is_keras_3():
        model.steps_per_execution = steps
    else:
        model._configure_steps_per_execution(steps)  # noqa: SLF001


def set_jit_compile(model: Any) -> None:
    """Let ``fit`` compile each step by XLA, as ``compile(jit_compile=True)`` does.

    Keras 2's optimizers have a setting of their own, which asks for XLA inside of XLA and is left alone.
    """
    if is_keras_3():
        model.jit_compile = True
    else:
        model._jit_compile = True  # noqa: SLF001


def seed_everything(seed: int) -> None:
    """Seed Python, numpy, Keras and what runs it, as ``keras.utils.set_random_seed``, and import nothing for it.

    Keras 3 seeds TensorFlow too wherever it is installed: that would import it into JAX's and PyTorch's workers, whose
    memory is measured.
    """
    modules = getattr(getattr(keras, "src", None), "utils", None)
    lazy = getattr(getattr(modules, "module_utils", None), "tensorflow", None)
    if lazy is None or "tensorflow" in sys.modules or not hasattr(lazy, "_available"):
        keras.utils.set_random_seed(seed)
        return
    known, lazy._available = lazy._available, False  # noqa: SLF001  Keras has no other way
    try:
        keras.utils.set_random_seed(seed)
    finally:
        lazy._available = known  # noqa: SLF001  as above
