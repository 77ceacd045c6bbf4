"""Which loop a name opens, and what a trial measures."""

from typing import Any

import pytest

from batchmark.errors import TrainingError, UnknownNameError
from batchmark.training import open_loop as rooms
from batchmark.training.loading import Loaded
from batchmark.training.open_loop import open_loop, try_loop


@pytest.mark.parametrize(
    ("name", "compilation", "xla"),
    [
        ("fit", "fit", False),
        ("fit:jit_compile", "fit, each step by xla", True),
        ("fit:steps_per_execution", "fit, up to 32 steps an execution", False),
        ("compiled:graph", "graph", False),
        ("compiled:xla", "xla", True),
    ],
)
def test_a_name_opens_its_loop(loaded_blobs: Loaded, name: str, compilation: str, *, xla: bool) -> None:
    loop = open_loop(name, loaded_blobs, batch_size=250, learning_rate=0.01, seed=0)
    assert (loop.compilation, loop.xla) == (compilation, xla)
    assert not loop.run(1).diverged
    # Two steps, whatever runs them.
    assert int(loop.model.optimizer.iterations.numpy()) == 2


def test_a_loop_that_the_backend_has_not_is_refused_with_those_that_it_has(loaded_blobs: Loaded) -> None:
    with pytest.raises(
        UnknownNameError, match=r"^the backend tensorflow has no loop 'by hand'; its loops are fit, fit:"
    ):
        open_loop("by hand", loaded_blobs, batch_size=250, learning_rate=0.01, seed=0)


class _Timed:
    """A loop whose rounds take these times."""

    def __init__(self, *seconds: float) -> None:
        self._seconds = list(seconds)
        self.epochs = 0

    def run(self, epochs: int) -> Any:
        self.epochs += epochs
        rounds = tuple(self._seconds[: epochs - 1])
        return type("Boundaries", (), {"rounds": lambda _: rounds})()


@pytest.mark.parametrize(
    ("seconds", "epochs", "expected"), [((0.01, 0.02, 0.03), 10, 0.015), ((5.0, 5.0), 3, 5.0)], ids=["short", "long"]
)
def test_a_trial_takes_more_rounds_where_they_are_short(
    loaded_blobs: Loaded, monkeypatch: pytest.MonkeyPatch, seconds: tuple[float, ...], epochs: int, expected: float
) -> None:
    loop = _Timed(*seconds)
    monkeypatch.setattr(rooms, "open_loop", lambda *_, **__: loop)
    assert try_loop("compiled:xla", loaded_blobs, seed=0) == pytest.approx(expected)
    assert loop.epochs == epochs


def test_a_trial_that_diverges_is_an_error(loaded_blobs: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "open_loop", lambda *_, **__: _Timed())
    with pytest.raises(TrainingError, match="stopped being finite"):
        try_loop("compiled:xla", loaded_blobs, seed=0)
