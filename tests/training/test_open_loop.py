"""Which loop a name opens, and how ``compiled`` chooses."""

from typing import Any

import pytest

from batchmark.errors import UnknownNameError
from batchmark.training import open_loop as rooms
from batchmark.training.open_loop import open_loop, try_compilations
from batchmark.workloads import Data, Workload


@pytest.mark.parametrize(
    ("name", "compilation"), [("fit", "fit"), ("compiled:graph", "graph"), ("compiled:xla", "xla")]
)
def test_a_name_opens_its_loop(blobs: Workload, blobs_data: Data, name: str, compilation: str) -> None:
    loop = open_loop(name, blobs, blobs_data, batch_size=250, learning_rate=0.01, seed=0)
    assert loop.compilation == compilation


def test_an_unknown_loop_is_refused(blobs: Workload, blobs_data: Data) -> None:
    with pytest.raises(UnknownNameError, match="fit, compiled"):
        open_loop("unrolled", blobs, blobs_data, batch_size=250, learning_rate=0.01, seed=0)


class _Timed:
    """A loop whose rounds take a given time."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds

    def run(self, epochs: int) -> Any:
        if self._seconds is None:
            message = "no kernel\nfor this"
            raise RuntimeError(message)
        rounds = (self._seconds,) * (epochs - 1)
        return type("Boundaries", (), {"rounds": lambda _: rounds})()


@pytest.mark.parametrize(
    ("graph", "xla", "chosen"),
    [
        (2.0, 1.0, "compiled:xla"),
        (1.0, 2.0, "compiled:graph"),
        (1.0, None, "compiled:graph"),
        (None, 1.0, "compiled:xla"),
    ],
)
def test_the_trial_chooses_what_is_faster_and_can_run(
    blobs: Workload,
    blobs_data: Data,
    monkeypatch: pytest.MonkeyPatch,
    graph: float | None,
    xla: float | None,
    chosen: str,
) -> None:
    seconds = {"compiled:graph": graph, "compiled:xla": xla}
    monkeypatch.setattr(rooms, "open_loop", lambda name, *_, **__: _Timed(seconds[name]))
    trial = try_compilations(blobs, blobs_data, seed=0)
    assert trial.chosen == chosen
    assert trial.seconds_per_epoch == {name: value for name, value in seconds.items() if value is not None}
    failed = [name for name, value in seconds.items() if value is None]
    assert trial.warnings == tuple(f"{name} can't run blobs: RuntimeError: no kernel" for name in failed)
