"""Whether many seeds of a model can be trained at once, told without trying."""

from typing import Any

import tensorflow as tf

from batchmark.training.keras_versions import is_keras_3, keras
from batchmark.training.overrides import why_not_around_its_step, why_not_around_its_test_step
from batchmark.training.tensorflow.loops import convolves_on_cpu
from batchmark.workloads import Split

_ELEMENTWISE = frozenset({"SGD", "Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Adagrad", "Adadelta", "Lion"})


def why_not_stackable(model: Any, train: Split) -> str | None:
    """Return why seeds of this model can't be trained at once, or None if they can.

    The reasons: Keras 2 has no stateless call; state beside the weights would need an axis of its own;
    an optimizer or a constraint that looks at a whole weight matrix would mix the seeds; a train step, a loss
    or a setting that belongs to the model's own variables would be passed over. A short cut: what it doesn't know of,
    the proof finds.
    """
    optimizer = model.optimizer
    overridden = why_not_around_its_step(model) or why_not_around_its_test_step(model)
    if overridden:
        return overridden
    # Private, as Keras has no other way to the layers inside layers.
    layers = model._flatten_layers()  # noqa: SLF001
    reasons = {
        "Keras 2 has no stateless calls": not is_keras_3(),
        "the model has several inputs or outputs": tf.nest.is_nested(train.x) or tf.nest.is_nested(train.y),
        "examples have weights": train.sample_weight is not None,
        "the model isn't built before its first batch": not model.built,
        "the model has weights that are not trained": bool(model.non_trainable_variables),
        "the model has a train step of its own": type(model).train_step is not keras.Model.train_step,
        "the model adds losses of its own": bool(model.losses)
        or any(getattr(layer, "activity_regularizer", None) for layer in layers),
        "the model constrains its weights": any(
            getattr(variable, "constraint", None) is not None for variable in model.trainable_variables
        ),
        "convolutions on a CPU go faster seed after seed": convolves_on_cpu(model),
        "the model has several outputs": len(getattr(model, "outputs", ()) or ()) != 1,
        "the optimizer is not elementwise": type(optimizer).__name__ not in _ELEMENTWISE,
        "the optimizer clips by a norm": bool(
            getattr(optimizer, "clipnorm", None) or getattr(optimizer, "global_clipnorm", None)
        ),
        "the optimizer scales the loss": bool(getattr(optimizer, "loss_scale_factor", None)),
        "the optimizer averages the weights": bool(getattr(optimizer, "use_ema", False)),
        "the optimizer accumulates gradients": bool(getattr(optimizer, "gradient_accumulation_steps", None)),
        "the optimizer excludes variables from weight decay": bool(
            getattr(optimizer, "weight_decay", None)
            and (
                getattr(optimizer, "_exclude_from_weight_decay", None)
                or getattr(optimizer, "_exclude_from_weight_decay_pattern", None)
            )
        ),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)
