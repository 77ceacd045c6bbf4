"""Several models in one process, each compiled by ``torch.compile`` as if it were alone."""

from functools import partial
from typing import Any

import pytest

from batchmark.training.backend import the_backend
from batchmark.training.loading import load
from batchmark.training.open_loop import open_loop

if the_backend().name != "torch":
    pytest.skip("torch.compile is PyTorch's", allow_module_level=True)

import torch
from torch._dynamo.utils import counters

from batchmark.errors import TrainingError


def _loop(size: int) -> Any:
    return open_loop("fit:jit_compile", load("on_any_backend:PLAIN"), batch_size=size, learning_rate=None, seed=0)


@pytest.fixture(autouse=True)
def _made_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take graphs apart as always, and make no machine code of them."""
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))


def test_the_tenth_model_is_compiled_as_the_first_was() -> None:
    """PyTorch gives up after eight compilations of the same code, and goes on uncompiled without a word to Keras."""
    graphs, shapes = [], []
    # At each of these an epoch is of full batches.
    for size in (45, 30, 18, 15, 10, 9, 6, 5, 3, 2):
        counters.clear()
        _loop(size).run(1)
        graphs.append(counters["stats"]["unique_graphs"])
        shapes.append(counters["frames"]["total"])
    assert len(set(graphs)) == 1, graphs
    assert graphs[0] > 0
    assert len(set(shapes)) == 1


def test_a_model_that_is_trained_again_after_another_is_not_compiled_again() -> None:
    first, second = _loop(30), _loop(45)
    first.run(1)
    second.run(1)
    counters.clear()
    first.run(2)
    second.run(2)
    assert counters["stats"]["unique_graphs"] == 0


def test_a_pytorch_that_mixes_models_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", lambda model, *, mode=None: (model, mode))
    with pytest.raises(TrainingError, match=r"mixes the compiled steps of several models"):
        _loop(30)
