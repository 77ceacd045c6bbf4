"""What no loop can measure is refused with the user's own line before anything is measured."""

import pytest

from batchmark.errors import WorkloadError
from batchmark.measurement.protocol import requests
from batchmark.measurement.session import Session
from batchmark.records import Cell
from batchmark.training.beside_fit import BesideFit
from batchmark.training.loading import load
from batchmark.training.passes import require_batch_size
from batchmark.training.trying_out import try_out


def _opening(cell: Cell) -> requests.Open:
    return requests.Open(cell, cell.loop, seed=0, same_learning_rate=False)


def _refused(name: str) -> str:
    with pytest.raises(WorkloadError) as caught:
        try_out(BesideFit(load(f"otherwise:{name}")))
    message = str(caught.value)
    assert "\n" not in message
    assert "otherwise.py:" in message
    return message


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("ONE_MODEL", "a model that it returned before"),
        ("CACHED_MODEL", "a model that it returned before"),
        ("ONE_LAYER", "a layer ("),
        ("ONE_OPTIMIZER", "an optimizer that it returned before"),
    ],
)
def test_what_was_handed_out_before_is_refused_with_what_to_write_instead(name: str, what: str) -> None:
    message = _refused(name)
    assert what in message
    assert "inside the function" in message


@pytest.mark.parametrize("name", ["SEEDED_BY_ITSELF", "SEEDED_INITIALIZERS"])
def test_a_model_that_begins_alike_whatever_the_seed_is_refused(name: str) -> None:
    assert "many seeds would be one" in _refused(name)


@pytest.mark.parametrize("name", ["ALL_ZEROS", "LEARNED_ELSEWHERE"])
def test_weights_that_are_no_draws_may_be_alike(name: str) -> None:
    try_out(BesideFit(load(f"otherwise:{name}")))


def test_a_mask_of_minus_infinity_is_no_divergence() -> None:
    try_out(BesideFit(load("otherwise:MASKED")))


@pytest.mark.parametrize("name", ["ANOTHER_RATE", "UNSEEDED_WEIGHTS"])
def test_what_trains_otherwise_each_time_is_refused(name: str) -> None:
    message = _refused(name)
    assert "from the same seed" in message
    assert "make it inside" in message


def test_a_count_at_module_level_is_put_back_for_each_training() -> None:
    try_out(BesideFit(load("otherwise:COUNTS_AT_MODULE_LEVEL")))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ANOTHER_SIZE", "asked for batches of 16 it gives batches of 32"),
        ("KEPT_FROM_THE_FIRST_SIZE", "asked for batches of 16 it gives batches of 32"),
        ("ONCE_ONLY", "gives 320 examples once and 0 when it is gone through again"),
        ("FEWER_EXAMPLES", "asked for batches of 16 it gives 160 examples an epoch, and 320 are"),
    ],
)
def test_a_pipeline_that_does_not_give_what_is_asked_for_is_refused_with_both_sizes(name: str, told: str) -> None:
    assert told in _refused(name)


def test_a_pipeline_that_is_off_at_the_reference_already_is_refused_when_it_is_loaded() -> None:
    with pytest.raises(WorkloadError, match="asked for batches of 32 it gives batches of 16"):
        load("otherwise:HALF_THE_SIZE")


def test_a_pipeline_is_asked_again_at_each_size() -> None:
    loaded = load("otherwise:AT_MOST_SIXTEEN")
    try_out(BesideFit(loaded))
    with pytest.raises(WorkloadError, match="asked for batches of 64 it gives batches of 16"):
        require_batch_size(loaded.train, 64)  # type: ignore[arg-type]
    with pytest.raises(WorkloadError, match="asked for batches of 64"):
        Session().open(_opening(Cell("otherwise:AT_MOST_SIXTEEN", 64, "fit")))


@pytest.mark.parametrize("name", ["EXPLODES", "SILENTLY_LOST"])
@pytest.mark.parametrize("loop", ["fit", "compiled:graph"])
def test_a_training_whose_numbers_are_lost_in_any_log_or_in_the_weights_has_diverged(name: str, loop: str) -> None:
    session = Session()
    cell = Cell(f"otherwise:{name}", 32, loop)
    opened = session.open(_opening(cell))
    burst = session.burst(requests.RunBurst(cell, warm_up=1, rounds=3))
    assert opened.diverged or burst.diverged
