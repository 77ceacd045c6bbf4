"""TensorFlow's loops, by name."""

from batchmark.loops import COMPILED, COMPILED_XLA, FIT, LOOPS
from batchmark.training.tensorflow.loops import COMPILED_LOOPS, FIT_LOOPS


def test_every_loop_that_users_can_name_is_there_and_compiled_is_one_of_the_others() -> None:
    assert {*FIT_LOOPS, *COMPILED_LOOPS} == {*LOOPS} - {COMPILED}
    assert FIT in FIT_LOOPS


def test_seed_after_seed_is_tried_by_xla_first() -> None:
    assert next(iter(COMPILED_LOOPS)) == COMPILED_XLA
