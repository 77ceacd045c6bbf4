"""Which part of all that a model trains belongs to which of its layers, by a name that every seed's model has."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from batchmark.training.log_names import by_number


@dataclass(frozen=True)
class Layer:
    """A layer's weights among all that are trained."""

    name: str
    slices: tuple[slice, ...]
    """One for each of its variables."""


def layers_of(paths: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> tuple[Layer, ...]:
    """Return the layers of trained variables, by their paths as Keras has them, as ``dense_7/kernel``.

    Keras numbers layers of one name through a process; here they are numbered through the model: ``dense``,
    ``dense_1``. A variable that is in no layer has its own path.
    """
    slices: dict[str, list[slice]] = {}
    begin = 0
    for path, shape in zip(paths, shapes, strict=True):
        layer = path.rpartition("/")[0] or path
        slices.setdefault(layer, []).append(slice(begin, begin + math.prod(shape)))
        begin += math.prod(shape)
    names = _numbered_in_the_model(list(slices))
    return tuple(Layer(name, tuple(own)) for name, own in zip(names, slices.values(), strict=True))


def _numbered_in_the_model(layers: Sequence[str]) -> list[str]:
    plain = ["/".join(by_number(part)[0] for part in layer.split("/")) for layer in layers]
    seen: Counter[str] = Counter()
    names = []
    for name in plain:
        names.append(f"{name}_{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return names
