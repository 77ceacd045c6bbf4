"""What is planted into `blobs`: named by the environment, and done to its epochs."""

from typing import Any

import pytest

from batchmark.workloads.slowed import SLOW_EPOCHS, SLOWED, SlowEpochs, as_setting, workload


def test_what_is_planted_is_named_by_batch_size() -> None:
    assert as_setting({32: 0.05, 64: 0.0}) == {SLOWED: "32:0.05,64:0.0"}
    both = as_setting({32: 0.0, 96: 0.0}, {96: SlowEpochs(5, 2.0)})
    assert both == {SLOWED: "32:0.0,96:0.0", SLOW_EPOCHS: "96:5x2"}


class _Clock:
    """Passes a second whenever it is read."""

    def __init__(self) -> None:
        self.reads = 0

    def __call__(self) -> float:
        self.reads += 1
        return float(self.reads)


@pytest.mark.parametrize(
    ("setting", "chance", "reads"),
    [
        # Without anything to wait for, the clock is read once at the beginning, and twice at the end.
        ({SLOWED: "32:0.0"}, 0.0, 3),
        ({SLOWED: "32:9"}, 0.0, 11),
        ({SLOW_EPOCHS: "32:4x10"}, 0.2, 11),
        ({SLOW_EPOCHS: "32:4x10"}, 0.3, 3),
        ({SLOW_EPOCHS: "64:4x10"}, 0.2, 3),
        # A cell with slow epochs has its share in the others.
        ({SLOW_EPOCHS: "32:4x10", SLOWED: "32:4"}, 0.3, 6),
    ],
)
def test_an_epoch_waits_what_is_planted(
    monkeypatch: pytest.MonkeyPatch, setting: dict[str, str], chance: float, reads: int
) -> None:
    for name in (SLOWED, SLOW_EPOCHS):
        monkeypatch.setenv(name, setting.get(name, ""))
    clock = _Clock()
    monkeypatch.setattr("time.perf_counter", clock)
    monkeypatch.setattr("random.SystemRandom.random", lambda _: chance)
    given: dict[str, Any] = {}
    model = workload.build_model(0.01)
    monkeypatch.setattr(type(model), "fit", lambda _, **options: given.update(options), raising=True)
    # Built again: it keeps the `fit` of its class.
    workload.build_model(0.01).fit(callbacks=[], batch_size=32)
    (waiting,) = given["callbacks"]
    clock.reads = 0
    waiting.on_epoch_begin(0)
    waiting.on_epoch_end(0)
    assert clock.reads == reads
