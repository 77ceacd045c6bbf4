"""That a loop does the same work as ``fit``, shown on the model itself before it is used."""

from collections.abc import Callable
from typing import Any

from batchmark.proofs import Outcome, Proof
from batchmark.training.backend import the_backend
from batchmark.training.beside_fit import BesideFit
from batchmark.training.data_order import InOrder
from batchmark.training.difference import Difference
from batchmark.training.excerpt import Excerpt
from batchmark.training.keras_versions import is_keras_3, keras
from batchmark.training.loop import Loop
from batchmark.training.open_loop import loop_around
from batchmark.training.overrides import why_not_around_its_step
from batchmark.training.short_training import MakeLoop

HARDLY_MOVES = "fit moves the weights by less than can be told from rounding, so nothing shows that it does the same"


def prove(name: str, beside: BesideFit) -> Proof:
    """Train by the loop called `name` and by ``fit``, from the same weights over the same batches, and compare.

    Raises whatever a model that can't be compiled raises; WorkloadError where ``fit`` itself can't train.
    """
    if name in the_backend().compiled_loops:
        reason = why_not_around_its_step(beside.short.model())
        if reason:
            return Proof(Outcome.OTHER_WORK, steps=0, reason=reason)
    fit = beside.steps
    if not beside.can_tell:
        return Proof(Outcome.OTHER_WORK, beside.short.excerpt.steps, reason=HARDLY_MOVES)

    def make_loop(model: object, excerpt: Excerpt) -> Loop:
        order = InOrder(excerpt.data.examples)
        return loop_around(model, name, excerpt.data, batch_size=excerpt.batch_size, order=order, shuffle=False)

    found = beside.compared(fit, beside.short.train(make_loop, fit.start))
    return judged(beside, found, lambda: _with_random_numbers_held(beside, make_loop))


def judged(beside: BesideFit, found: Difference, held: Callable[[], Difference]) -> Proof:
    """Return what a difference from ``fit`` amounts to; `held` finds it again with every random number held."""
    steps = beside.short.excerpt.steps
    if not found.what:
        return Proof(Outcome.PROVEN, steps, found.largest)
    if found.is_weighing and _weighs_outputs(beside.short.model()):
        return Proof(Outcome.NOT_COMPARABLE, steps, found.largest, f"{found.what}: batches are weighed otherwise in it")
    if beside.random_operations:
        same = held()
        if not same.what:
            draws = ", ".join(sorted(beside.random_operations))
            reason = f"it draws other random numbers ({draws}); with these held it does the same"
            return Proof(Outcome.NOT_COMPARABLE, steps, same.largest, reason)
        rare = sorted(beside.random_operations - the_backend().randomness.held_operations)
        why = f"and what {', '.join(rare)} draws can't be held" if rare else "with every random number held"
        return Proof(Outcome.OTHER_WORK, steps, same.largest, f"{same.what}, {why}")
    return Proof(Outcome.OTHER_WORK, steps, found.largest, found.what)


def _weighs_outputs(model: Any) -> bool:
    """Whether Keras logs the losses of several outputs, which it weighs by the batch's size where that is known."""
    is_keras_own = type(model).train_step is keras.Model.train_step
    return is_keras_3() and is_keras_own and len(getattr(model, "outputs", None) or ()) > 1


def _with_random_numbers_held(beside: BesideFit, make_loop: MakeLoop) -> Difference:
    other = beside.short.train(make_loop, beside.steps.start, within=the_backend().randomness.held())
    return beside.compared(beside.held, other)
