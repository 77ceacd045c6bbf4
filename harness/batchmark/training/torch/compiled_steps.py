"""Steps that ``torch.compile`` compiles, for many models in one process as if each were alone.

PyTorch keeps what it compiled by the function's code, which is Keras' own for every model. So models at other batch
sizes count against one limit of compilations, after which steps silently run uncompiled, and the first of another
size has all later ones compiled for any size, which is slower.
"""

import inspect
from typing import Any

import torch

from batchmark.errors import TrainingError
from batchmark.training.examples import Examples
from batchmark.training.fit_loop import FitLoop
from batchmark.training.keras_versions import keras, set_jit_compile

# For all models together; the limit of each is PyTorch's own.
_WITHOUT_END = 1 << 30


class FitAlone(FitLoop):
    """Keras' ``fit``, which compiles its steps, where it does, as in a process that has compiled nothing else."""

    def __init__(self, model: Any, data: Examples, *, batch_size: int, shuffle: bool, **told: Any) -> None:
        """Take a compiled model, and what FitLoop takes."""
        super().__init__(model, data, batch_size=batch_size, shuffle=shuffle, **told)
        self._has_begun = False
        if is_compiled_by_torch(model) and _can_isolate():
            torch._dynamo.config.accumulated_recompile_limit = _WITHOUT_END  # noqa: SLF001  PyTorch's name for it
            model.make_train_function()
            step = model.train_function._torchdynamo_orig_callable  # noqa: SLF001  as above
            model.train_function = torch.compile(step, isolate_recompiles=True)

    def _fit(self, epochs: int, callbacks: object) -> None:
        if not self._has_begun:
            # What sizes other models were compiled for is forgotten.
            torch._dynamo.pgo.reset_code_state()  # noqa: SLF001  as above
            self._has_begun = True
        super()._fit(epochs, callbacks)


def plain_fit(model: Any, data: Examples, *, batch_size: int, shuffle: bool) -> FitLoop:
    """Return Keras' own ``fit``."""
    return FitAlone(model, data, batch_size=batch_size, shuffle=shuffle)


def fit_by_torch_compile(model: Any, data: Examples, *, batch_size: int, shuffle: bool) -> FitLoop:
    """Return ``fit`` with each step compiled by ``torch.compile``.

    Raises TrainingError: a PyTorch that can't keep the models of a process apart.
    """
    if not _can_isolate():
        message = (
            f"PyTorch {torch.__version__} mixes the compiled steps of several models; "
            "fit:jit_compile takes one whose torch.compile has isolate_recompiles, as 2.13's does"
        )
        raise TrainingError(message)
    set_jit_compile(model)
    told = "fit, each step by torch.compile"
    return FitAlone(model, data, batch_size=batch_size, shuffle=shuffle, compilation=told, xla=True)


def is_compiled_by_torch(model: Any) -> bool:
    """Whether Keras has ``torch.compile`` compile this model's steps."""
    is_keras_own = type(model).make_train_function is keras.Model.make_train_function
    return is_keras_own and bool(model.jit_compile) and not model.run_eagerly


def _can_isolate() -> bool:
    return "isolate_recompiles" in inspect.signature(torch.compile).parameters
