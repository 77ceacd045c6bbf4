"""What is kept outside of a model doesn't reach another training, or is refused; what only looks so is measured."""

from collections.abc import Iterator

import pytest
import tensorflow as tf

from batchmark.errors import WorkloadError
from batchmark.proofs import Outcome
from batchmark.training.beside_fit import BesideFit
from batchmark.training.examples import Pipeline
from batchmark.training.keras_versions import is_keras_3
from batchmark.training.loading import load
from batchmark.training.many_seeds import ManySeeds
from batchmark.training.overrides import why_not_around_its_step
from batchmark.training.proof import prove
from batchmark.training.trying_out import try_out
from batchmark.trainings import Trainings


def _beside(name: str) -> BesideFit:
    return BesideFit(load(f"kept:{name}"))


def _refused(name: str) -> str:
    with pytest.raises(WorkloadError) as caught:
        try_out(_beside(name))
    assert "\n" not in str(caught.value)
    assert "kept.py:" in str(caught.value)
    return str(caught.value)


def _trained(name: str, seeds: range) -> Trainings:
    beside = _beside(name)
    many = ManySeeds(beside, lambda loop: prove(loop, beside))
    epochs = beside.short.loaded.workload.epochs
    return many.train(batch_size=32, learning_rate=None, seeds=seeds, epochs=epochs, progress=lambda _: None)


@pytest.mark.parametrize("name", ["BEST_SO_FAR", "EVALUATIONS_COUNTED"])
def test_what_an_evaluation_alone_changes_is_as_new_for_each_seed(name: str) -> None:
    together, last = _trained(name, range(3)), _trained(name, range(2, 3))
    assert together.fresh_quality[2] == pytest.approx(last.fresh_quality[0], rel=1e-5)


@pytest.mark.parametrize("name", ["ANNEALED", "ANNEALED_SLOWLY"])
def test_a_training_that_drifts_with_those_before_it_is_refused(name: str) -> None:
    assert "two trainings from the same seed end apart" in _refused(name)


@pytest.mark.parametrize("name", ["ANNEALED_UNSEEN", "COUNTED_IN_PYTHON"])
def test_what_drifts_too_slowly_to_be_seen_at_first_is_refused_after_the_seeds(name: str) -> None:
    with pytest.raises(WorkloadError, match=r"kept.py:\d+: seed 0, trained once more after the others, ends with loss"):
        _trained(name, range(3))


@pytest.mark.parametrize("loop", ["compiled:graph", "compiled:xla"])
def test_metrics_that_keras_numbers_are_the_same_in_any_order(loop: str) -> None:
    proof = prove(loop, _beside("UNNAMED_METRICS"))
    assert proof.outcome is Outcome.PROVEN


@pytest.mark.parametrize("name", ["PRETRAINED", "FIXED_FEATURES"])
def test_weights_that_a_seeded_initializer_did_not_draw_may_be_alike(name: str) -> None:
    try_out(_beside(name))


def test_a_head_that_is_the_same_draw_for_each_seed_is_refused_on_whatever_body() -> None:
    assert "many seeds would be one" in _refused("SEEDED_HEAD")


@pytest.mark.parametrize("name", ["STATEFUL", "STATEFUL_AT_100"])
def test_a_model_for_one_batch_size_is_tried_in_batches_of_it(name: str) -> None:
    beside = _beside(name)
    try_out(beside)
    assert beside.short.excerpt.batch_size == beside.short.loaded.workload.reference_batch_size
    assert beside.short.excerpt.data.examples % beside.short.excerpt.batch_size == 0


def test_a_fit_that_drops_its_callbacks_is_refused() -> None:
    assert "has to pass its callbacks on" in _refused("CALLBACKS_DROPPED")


@pytest.mark.parametrize("name", ["SIZE_SECOND", "SIZE_NAMED", "SIZE_ALONE", "SIZE_OF_A_PARTIAL"])
def test_a_batch_size_is_asked_for_by_its_name(name: str) -> None:
    train = load(f"kept:{name}").train
    assert isinstance(train, Pipeline)
    assert [len(batch[0]) for batch in train.dataset(100)] == [100, 100, 100, 20]


def test_a_metric_that_was_handed_out_before_is_refused_by_name() -> None:
    assert "a metric (mean_absolute_error) that it returned before" in _refused("ONE_METRIC")


@pytest.mark.skipif(not is_keras_3(), reason="Keras 2 refuses to wrap an optimizer twice by itself")
def test_an_optimizer_inside_of_another_is_one_too() -> None:
    assert "an optimizer that it returned before" in _refused("ONE_INNER_OPTIMIZER")


@pytest.mark.skipif(not is_keras_3(), reason="Keras 2 raises where nothing is compiled")
def test_a_loss_that_is_zero_whatever_the_weights_is_refused() -> None:
    assert "the loss that evaluate returns is 0 whatever the weights are" in _refused("WITHOUT_LOSS")


@pytest.fixture
def _eagerly() -> Iterator[None]:
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.usefixtures("_eagerly")
def test_a_loop_is_not_called_compiled_where_tensorflow_compiles_nothing() -> None:
    assert "runs eagerly" in str(why_not_around_its_step(object()))
