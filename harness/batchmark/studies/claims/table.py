"""The claims, a line each, in the order of their numbers."""

from importlib import import_module

from batchmark.studies.claims.claim import Claim

_MODULES = (
    "fastest_batch",  # 1
    "powers_of_two",  # 2
    "larger_is_better",  # 3
    "exact_size",  # 4
    "noisy_curves",  # 5
    "memory",  # 6
    "large_sets",  # 7
    "convolutions",  # 8
    "recurrent",  # 9
    "critical_batch_follows_loss",  # 10
    "rate_grid",  # 11
    "smaller_beats_larger",  # 12
    "growing_batch",  # 13
    "rate_and_momentum",  # 14
    "sharpness",  # 15
    "longer_closes_gap",  # 16
    "distance",  # 17
    "gradient_spread",  # 18
    "accumulation",  # 19
    "trade_off_costs",  # 20
    "contrastive_gains",  # 21
    "steps_of_an_epoch",  # 22
)


def claims() -> tuple[Claim, ...]:
    """Return every claim, by number.

    By name, so that a claim is one line here, and one module that has a `CLAIM`.
    """
    return tuple(import_module(f"batchmark.studies.claims.{name}").CLAIM for name in _MODULES)
