"""What a proof found, in one line."""

import pytest

from batchmark.proofs import Outcome, Proof
from batchmark.report.proof import say_proof


@pytest.mark.parametrize(
    ("proof", "told"),
    [
        (
            Proof(Outcome.PROVEN, 10, 1.2e-6),
            "xla does fit's work on this model: 10 steps compared, largest relative difference 1.2e-06.",
        ),
        (
            Proof(Outcome.NOT_COMPARABLE, 10, 3e-7, "it draws other random numbers"),
            (
                "xla is not comparable with fit in everything: it draws other random numbers (10 steps compared, "
                "largest relative difference 3.0e-07)."
            ),
        ),
        (
            Proof(Outcome.OTHER_WORK, 0, None, "the model has a fit of its own"),
            "xla is refused, it does other work than fit on this model: the model has a fit of its own.",
        ),
    ],
)
def test_each_outcome_is_a_sentence(proof: Proof, told: str) -> None:
    assert say_proof("xla", proof) == told
