"""Which compiled loop trains a model seed after seed: the first that was proven to do ``fit``'s work."""

from collections.abc import Callable, Sequence

from batchmark.proofs import Proof
from batchmark.training.backend import the_backend
from batchmark.training.beside_fit import BesideFit

Prove = Callable[[str], Proof]
"""Takes a loop's name; proves it."""


def proven_loop(beside: BesideFit, proofs: Sequence[Prove]) -> tuple[str, Proof] | None:
    """Return the loop that passes all `proofs`, with the first one's; None where none does, and ``fit`` is left.

    The backend says in which order they are tried: the fastest for this model first.
    """
    model = beside.short.model()
    for loop in the_backend().seed_after_seed(model):
        try:
            found = []
            for prove in proofs:
                found.append(prove(loop))
                if found[-1].is_refused:
                    break
        except Exception:  # noqa: BLE001, S112  XLA refuses a model in many ways; what is wrong with it, fit tells
            continue
        if not found[-1].is_refused:
            return loop, found[0]
    return None
