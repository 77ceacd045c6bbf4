"""What a proof found, in one line."""

from batchmark.proofs import Outcome, Proof


def say_proof(what: str, proof: Proof) -> str:
    """Return what was found of `what`, a loop or a method, beside ``fit``."""
    if proof.outcome is Outcome.PROVEN:
        return f"{what} does fit's work on this model: {_compared(proof)}."
    if proof.outcome is Outcome.NOT_COMPARABLE:
        return f"{what} is not comparable with fit in everything: {proof.reason} ({_compared(proof)})."
    return f"{what} is refused, it does other work than fit on this model: {proof.reason}."


def _compared(proof: Proof) -> str:
    largest = (
        "" if proof.largest_difference is None else f", largest relative difference {proof.largest_difference:.1e}"
    )
    return f"{proof.steps} steps compared{largest}"
