"""What is looked at along a training, beside its evaluation: the model's weights, and the loss around them."""

from batchmark.training.observing.observing import Observing

__all__ = ["Observing"]
