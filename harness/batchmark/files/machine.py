"""Whether what was measured before is of the machine, and of what trains on it, that something else was measured on."""

from collections.abc import Mapping

from batchmark.backends import TENSORFLOW

_SAME: Mapping[str, object] = {"device": None, "device_name": None, "cores": None, "keras_backend": TENSORFLOW}


def others(facts: Mapping[str, object], of: Mapping[str, object]) -> list[str]:
    """Return which of the facts are others than those `of` something else; older files don't tell the backend."""
    return [name for name, untold in _SAME.items() if (facts.get(name) or untold) != (of.get(name) or untold)]
