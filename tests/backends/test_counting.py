"""Work is counted on every backend, and a profile finds where its operations run."""

from functools import partial

import pytest

from batchmark.profiles import Phase
from batchmark.training.backend import the_backend
from batchmark.training.counting.profiled import profile_epochs
from batchmark.training.counting.program import cost_of
from batchmark.training.counting.work import count_work
from batchmark.training.fit_loop import FitLoop
from batchmark.training.keras_versions import is_keras_3, keras
from batchmark.training.loading import load
from batchmark.training.models import seeded_model
from batchmark.training.open_loop import open_loop

pytestmark = pytest.mark.skipif(not is_keras_3(), reason="Keras 2 has one backend, and tests of its own")
BACKEND = the_backend().name
SIZE, STEPS = 100, 5
LOOP = "fit" if BACKEND == "torch" else "compiled:xla"
COUNTED = {
    "tensorflow": {"operations_per_step", "instructions_per_step", "flops_per_step", "program_bytes_per_step"},
    "jax": {"instructions_per_step", "fusions_per_step", "flops_per_step", "program_bytes_per_step"},
    "torch": {"operations_per_step", "allocated_bytes_per_step"},
}


def test_the_same_training_counts_alike() -> None:
    loaded = load("blobs")
    anew = partial(open_loop, LOOP, loaded, batch_size=SIZE, learning_rate=0.01, seed=0)
    loop = anew()
    loop.run(3)
    first, again = (count_work(loop, loaded.train, SIZE, anew=anew) for _ in range(2))
    assert not first.missing
    assert first.counted.keys() >= COUNTED[BACKEND]
    for name in COUNTED[BACKEND]:
        assert first.counted[name].value == again.counted[name].value > 0, name
    assert first.counted["retracings_per_epoch"].value == 0
    assert first.counted["calls_per_epoch"].value == pytest.approx(again.counted["calls_per_epoch"].value, rel=0.01)


@pytest.mark.skipif(BACKEND == "torch", reason="PyTorch traces nothing here")
def test_a_step_that_is_traced_anew_each_epoch_is_seen() -> None:
    loaded = load("blobs")
    model = seeded_model(loaded.workload, learning_rate=0.01, seed=0)

    class Forgetting(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
        def on_epoch_end(self, _epoch: int, _logs: object = None) -> None:
            self.model.make_train_function(force=True)

    fit = model.fit
    model.fit = lambda *, callbacks, **arguments: fit(callbacks=[Forgetting(), *callbacks], **arguments)
    loop = FitLoop(model, loaded.train, batch_size=SIZE)
    loop.run(3)
    anew = partial(open_loop, "fit", loaded, batch_size=SIZE, learning_rate=0.01, seed=0)
    assert count_work(loop, loaded.train, SIZE, anew=anew).counted["retracings_per_epoch"].value >= 1


def test_a_profile_tells_operations_from_python() -> None:
    loaded = load("blobs")
    anew = partial(open_loop, LOOP, loaded, batch_size=SIZE, learning_rate=0.01, seed=0)
    loop = anew()
    loop.run(3)
    found = profile_epochs(loop, steps_per_epoch=STEPS, anew=anew)
    assert not found.missing
    assert found.phases[Phase.OPERATIONS] > 0
    assert sum(found.phases.values()) == pytest.approx(found.seconds_per_epoch)
    assert found.packages["keras"]


@pytest.mark.skipif(BACKEND != "jax", reason="JAX hands out what XLA's own analysis says")
@pytest.mark.parametrize(("name", "batch_size"), [("blobs", 100), ("digits-mlp", 64), ("char-lm", 16)])
def test_a_programs_cost_is_about_that_of_xlas_own_analysis(name: str, batch_size: int) -> None:
    import jax  # noqa: PLC0415  where there is JAX

    from batchmark.training.jax.counting import program_of_step  # noqa: PLC0415  as above
    from batchmark.training.jax.variables import first_batch, state_of  # noqa: PLC0415  as above

    loaded = load(name)
    model = seeded_model(loaded.workload, learning_rate=0.01, seed=0)
    batch = first_batch(loaded.train, batch_size)
    model._symbolic_build(data_batch=batch)
    analysis = jax.jit(model.train_step).lower(state_of(model), batch).compile().cost_analysis()
    xlas = analysis[0] if isinstance(analysis, list) else analysis
    ours = cost_of(program_of_step(model, loaded.train, batch_size))
    assert 0.9 * xlas["flops"] <= ours.flops <= 1.01 * xlas["flops"]
    assert ours.bytes == pytest.approx(xlas["bytes accessed"], rel=0.01)
