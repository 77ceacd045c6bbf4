"""A loop is used on a model once it has trained that model as fit does, and refused where it has not."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import tensorflow as tf

from batchmark.loops import COMPILED_GRAPH, COMPILED_XLA, FIT_JIT_COMPILE, FIT_STEPS_PER_EXECUTION
from batchmark.proofs import Outcome, Proof
from batchmark.training import proof
from batchmark.training.beside_fit import BesideFit
from batchmark.training.keras_versions import is_keras_3
from batchmark.training.loading import load
from batchmark.training.proof import prove
from batchmark.training.tensorflow.batches import batch_at
from batchmark.training.tensorflow.compiled_loop import CompiledLoop
from batchmark.training.tensorflow.loops import COMPILED_LOOPS


def _proof(name: str, loop: str = COMPILED_GRAPH) -> Proof:
    return prove(loop, BesideFit(load(name)))


@pytest.mark.parametrize("loop", [FIT_STEPS_PER_EXECUTION, FIT_JIT_COMPILE, COMPILED_GRAPH, COMPILED_XLA])
def test_every_loop_is_proven_on_a_model_that_it_trains_as_fit_does(beside_blobs: BesideFit, loop: str) -> None:
    found = prove(loop, beside_blobs)
    assert (found.outcome, found.steps, found.reason) == (Outcome.PROVEN, 10, "")
    assert found.largest_difference is not None
    assert found.largest_difference < 1e-4


@pytest.mark.parametrize("loop", [pytest.param(COMPILED_GRAPH, marks=pytest.mark.exhaustive), COMPILED_XLA])
@pytest.mark.parametrize("name", ["SERIES", "TWO_OPTIMIZERS", "PADDED"])
def test_what_was_trained_otherwise_once_is_trained_as_by_fit(name: str, loop: str) -> None:
    if name == "PADDED" and loop == COMPILED_XLA and not is_keras_3():
        pytest.skip("each length is compiled anew, for half a minute")
    assert _proof(f"otherwise:{name}", loop).outcome is Outcome.PROVEN


# Defects, each in what a compiled loop does with a batch


def _without_the_partial_batch(loop: Any, batch: Any) -> Any:
    del loop
    return tf.nest.map_structure(lambda part: part[: tf.shape(part)[0] - 1], batch)


def _of_the_first_batch_only(loop: Any, batch: Any) -> Any:
    size = tf.shape(tf.nest.flatten(batch)[0])[0]
    return batch_at(loop._data, tf.range(size))


def _scaled_by_a_hundredth(loop: Any, batch: Any) -> Any:
    del loop
    return (batch[0] * 1.01, *batch[1:])


@pytest.mark.parametrize("defect", [_without_the_partial_batch, _of_the_first_batch_only, _scaled_by_a_hundredth])
def test_a_loop_with_a_defect_is_refused_and_what_differs_is_named(
    beside_blobs: BesideFit, monkeypatch: pytest.MonkeyPatch, defect: Callable[[Any, Any], Any]
) -> None:
    class Defective(CompiledLoop):
        def _train_step(self, batch: Any) -> Any:
            return super()._train_step(defect(self, batch))

    monkeypatch.setitem(COMPILED_LOOPS, COMPILED_GRAPH, partial(Defective, xla=False))
    found = prove(COMPILED_GRAPH, beside_blobs)
    assert found.is_refused
    assert "of what fit moved it" in found.reason or "log '" in found.reason


def test_a_loop_that_forgets_metrics_is_refused_though_it_trains_the_same(
    beside_blobs: BesideFit, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Forgetful(CompiledLoop):
        def run_epoch(self) -> Any:
            return {"loss": super().run_epoch()["loss"]}

    monkeypatch.setitem(COMPILED_LOOPS, COMPILED_GRAPH, partial(Forgetful, xla=False))
    found = prove(COMPILED_GRAPH, beside_blobs)
    assert found.is_refused
    # Keras 2 and 3 have them in different order.
    assert found.reason.removeprefix("epoch 1 logs loss, and fit's ").split(", ") in (
        ["accuracy", "loss"],
        ["loss", "accuracy"],
    )


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("OWN_FIT", "has a fit of its own, which would be passed over"),
        ("OWN_FIT_OF_ONE", "has a fit of its own, which would be passed over"),
        ("OWN_TRAIN_FUNCTION", "has a make_train_function of its own"),
        ("EAGER", "runs eagerly"),
    ],
)
def test_a_loop_that_would_pass_over_what_the_user_wrote_is_refused(name: str, what: str) -> None:
    found = _proof(f"otherwise:{name}")
    assert found.is_refused
    assert what in found.reason


def test_a_fit_of_the_users_own_runs_with_more_steps_an_execution() -> None:
    assert _proof("otherwise:OWN_FIT", FIT_STEPS_PER_EXECUTION).outcome is Outcome.PROVEN


def test_a_loss_of_the_users_own_runs_in_a_compiled_loop() -> None:
    assert _proof("otherwise:OWN_LOSS").outcome is Outcome.PROVEN


# Randomness


def test_random_numbers_that_xla_draws_otherwise_are_held_and_the_rest_is_compared() -> None:
    found = _proof("awkward:DROPOUT", COMPILED_XLA)
    assert found.outcome is Outcome.NOT_COMPARABLE
    assert "draws other random numbers" in found.reason
    assert found.largest_difference is not None
    assert 0 < found.largest_difference < 1e-3


def test_a_defect_beside_random_numbers_is_found_with_these_held(monkeypatch: pytest.MonkeyPatch) -> None:
    class Defective(CompiledLoop):
        def _train_step(self, batch: Any) -> Any:
            return super()._train_step(_scaled_by_a_hundredth(self, batch))

    monkeypatch.setitem(COMPILED_LOOPS, COMPILED_XLA, partial(Defective, xla=True))
    found = _proof("awkward:DROPOUT", COMPILED_XLA)
    assert found.is_refused
    assert "with every random number held" in found.reason


def test_random_numbers_in_a_graph_are_the_same_and_need_not_be_held() -> None:
    assert _proof("awkward:DROPOUT", COMPILED_GRAPH).outcome is Outcome.PROVEN


# A training that hardly moves


def test_a_training_that_hardly_moves_is_given_larger_steps() -> None:
    beside = BesideFit(load("otherwise:HARDLY_MOVES"))
    assert prove(COMPILED_GRAPH, beside).outcome is Outcome.PROVEN
    assert beside.short.rate_factor > 100


def test_a_training_that_hardly_moves_hides_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    class Defective(CompiledLoop):
        def _train_step(self, batch: Any) -> Any:
            return super()._train_step(_scaled_by_a_hundredth(self, batch))

    monkeypatch.setitem(COMPILED_LOOPS, COMPILED_GRAPH, partial(Defective, xla=False))
    assert _proof("otherwise:HARDLY_MOVES").is_refused


def test_a_training_that_does_not_move_proves_nothing() -> None:
    found = _proof("otherwise:DOES_NOT_MOVE")
    assert found.is_refused
    assert found.reason == proof.HARDLY_MOVES
