"""Whether instruments can look at a model and its examples."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.course import DISTANCE, INSTRUMENTS, NOISE, PROJECTIONS, SHARPNESS, SPREAD, TRAINING_LOSS, Instrument
from batchmark.errors import WorkloadError
from batchmark.training.keras_versions import keras

_OF_WEIGHTS_ALONE = (DISTANCE, PROJECTIONS)
OF_MEANS = (NOISE, SPREAD, TRAINING_LOSS)
"""What tells of examples by means over batches."""
_ROUNDING = 1e-3
_FEWEST_BATCHES = {NOISE: 1, SPREAD: 2, PROJECTIONS: 1}


def require_sound(model: Any, examples: int, instruments: Sequence[Instrument]) -> None:
    """Refuse instruments that can't be.

    Raises WorkloadError: no such kind, too few batches, sizes that are none, the same thing twice, or a loss that is
    not what the model is trained by.
    """
    for each in instruments:
        wrong = _wrong(each, examples)
        if wrong:
            message = f"the instrument {each.kind!a}: {wrong}"
            raise WorkloadError(message)
    counted = Counter((each.kind, each.box if each.kind == SHARPNESS else 0.0) for each in instruments)
    (kind, _), most = counted.most_common(1)[0] if counted else (("", 0.0), 0)
    if most > 1:
        message = f"the instrument {kind!a} is asked for twice, and would find two things of one name"
        raise WorkloadError(message)
    is_own = type(model).train_step is not keras.Model.train_step or "train_step" in vars(model)
    if is_own and any(each.kind not in _OF_WEIGHTS_ALONE for each in instruments):
        message = (
            "the model has a train step of its own, and what instruments look at is compute_loss; "
            "let it compute its loss there"
        )
        raise WorkloadError(message)


def require_mean(loss_of: Callable[[NDArray[np.int64]], float]) -> None:
    """Refuse a loss that is not the mean over a batch's examples: variances of gradients would tell nothing of one.

    `loss_of` takes a batch's indices. Raises WorkloadError.
    """
    pair = np.array([0, 0])
    one, twice = loss_of(pair[:1]), loss_of(pair)
    if np.isfinite([one, twice]).all() and not np.isclose(one, twice, rtol=_ROUNDING, atol=_ROUNDING):
        message = (
            f"the loss of an example is {one:.6g}, and of a batch of it twice {twice:.6g}: the loss is no mean over "
            "the batch's examples, and what its gradients scatter by tells nothing of one; compile with a loss that is"
        )
        raise WorkloadError(message)


def _wrong(instrument: Instrument, examples: int) -> str | None:
    kind, sizes, batches, box = instrument.kind, instrument.batch_sizes, instrument.batches, instrument.box
    if kind not in INSTRUMENTS:
        return f"there is none; there are {', '.join(INSTRUMENTS)}"
    fewest = _FEWEST_BATCHES.get(kind, 0)
    has_sizes = kind not in (NOISE, SPREAD) or (sizes and min(sizes) >= 1 and max(sizes) <= examples)
    has_two = kind != NOISE or (len(sizes) == 2 and sizes[0] < sizes[1])  # noqa: PLR2004  by its formula
    reasons = {
        f"{batches} batches; expected {fewest} or more": batches < fewest,
        f"a box of {box:g}; expected more than 0": kind == SHARPNESS and not box > 0,
        f"batch sizes {sizes}; expected some from 1 to the {examples} training examples": not has_sizes,
        f"batch sizes {sizes}; expected two, the smaller first": not has_two,
        f"batch sizes {sizes}; expected each of them once": len(set(sizes)) < len(sizes),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)
