"""What counts as quality: one of the numbers that Keras' ``evaluate`` gives, and which way is better."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from batchmark.errors import WorkloadError
from batchmark.workloads.workload import Description

HIGHER, LOWER = "higher", "lower"
LOSS = "loss"
NEGATIVE_LOSS = "negative_loss"
"""Minus the model's own loss: another way to write ``loss``, lower being better."""

# What Keras calls its own, and what compile(metrics=["..."]) takes for them.
_LOWER = (
    "loss",
    "mse", "mean_squared_error", "rmse", "root_mean_squared_error", "mae", "mean_absolute_error",
    "mape", "mean_absolute_percentage_error", "msle", "mean_squared_logarithmic_error",
    "logcosh", "log_cosh", "log_cosh_error", "kl_divergence", "kld", "poisson", "huber",
    "hinge", "squared_hinge", "categorical_hinge",
    "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy", "bce",
)  # fmt: skip
_HIGHER = (
    "accuracy", "acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy",
    "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy",
    "auc", "AUC", "precision", "Precision", "recall", "Recall", "f1_score", "fbeta_score", "r2_score",
    "io_u", "mean_io_u", "binary_io_u", "one_hot_io_u", "one_hot_mean_io_u", "cosine_similarity",
    "specificity_at_sensitivity", "sensitivity_at_specificity", "precision_at_recall", "recall_at_precision",
    "true_positives", "true_negatives",
)  # fmt: skip

# Of those, what can't fall below 0.
_FROM_ZERO = frozenset(_HIGHER) - {"r2_score", "cosine_similarity"}


@dataclass(frozen=True)
class Quality:
    """A number of ``evaluate``'s, turned so that higher is better."""

    log: str
    """Its name among what ``evaluate`` returns."""
    sign: float
    """1, or -1 where lower is better."""
    floor: float = -math.inf
    """What a training reaches at least, stuck as it may be; minus infinity where that isn't known."""

    @property
    def name(self) -> str:
        """What a report calls it."""
        return self.log if self.sign > 0 else f"negative {self.log}"

    def cost(self, *sides: Sequence[float]) -> float:
        """Return the most that a stuck seed costs, where trained ones reach what is in `sides`; infinite: not known."""
        reached = [quality for side in sides for quality in side if math.isfinite(quality)]
        cost = max(reached, default=math.inf) - self.floor
        # A floor above all that was reached isn't one.
        return cost if cost > 0 else math.inf


def quality_of(workload: Description) -> Quality:
    """Return what counts as quality of `workload`.

    Raises WorkloadError: it names none, or one of which nobody knows which way is better.
    """
    metric, direction = workload.quality_metric, workload.quality_direction
    if not metric:
        message = (
            f"workload {workload.name!r} doesn't say what counts as trained well; "
            "give it quality_metric=... and quality_margin=..."
        )
        raise WorkloadError(message)
    if metric == NEGATIVE_LOSS:
        return Quality(LOSS, -1.0, _floor(workload, LOSS, -1.0))
    if not direction:
        direction = _usual_direction(metric)
    if direction not in (HIGHER, LOWER):
        told = f"is {direction!r}" if direction else f"of {metric!r} isn't known"
        message = (
            f"workload {workload.name!r}: its quality_direction {told}; "
            f'write quality_direction="{HIGHER}" or "{LOWER}", whichever is better'
        )
        raise WorkloadError(message)
    sign = 1.0 if direction == HIGHER else -1.0
    return Quality(metric, sign, _floor(workload, metric, sign))


def _floor(workload: Description, metric: str, sign: float) -> float:
    if workload.quality_if_stuck is not None:
        return sign * workload.quality_if_stuck
    return 0.0 if sign > 0 and metric in _FROM_ZERO else -math.inf


def _usual_direction(metric: str) -> str:
    """Return which way is better where Keras itself gave the name; nobody knows what else a name means."""
    return LOWER if metric in _LOWER else HIGHER if metric in _HIGHER else ""
