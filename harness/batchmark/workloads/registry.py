"""How a workload is found: a built-in one by its name, anyone's own as ``package.module:attribute``."""

import importlib
from dataclasses import replace
from functools import cache

from batchmark.errors import UnknownNameError
from batchmark.workloads.workload import Workload

# Named by where they stand, not imported: a workload's data may need scikit-learn, a second to import.
_BUILT_IN = {"blobs": "batchmark.workloads.blobs:BLOBS"}


def known_workloads() -> tuple[str, ...]:
    """Return the names of the built-in workloads."""
    return tuple(_BUILT_IN)


@cache
def find_workload(name: str) -> Workload:
    """Return the workload called `name`, or the one that ``package.module:attribute`` points at.

    Raises UnknownNameError: no such workload, or what is there is none.
    """
    spec = _BUILT_IN.get(name, name)
    module_name, colon, attribute = spec.partition(":")
    if not colon:
        message = (
            f"unknown workload {name!r}; the workloads are {', '.join(_BUILT_IN)}; "
            "one of your own is written package.module:attribute"
        )
        raise UnknownNameError(message)
    try:
        found = getattr(importlib.import_module(module_name), attribute)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        message = f"workload {name!r} can't be imported: {reason}"
        raise UnknownNameError(message) from error
    if not isinstance(found, Workload):
        message = f"workload {name!r} is a {type(found).__name__}; expected a batchmark.Workload"
        raise UnknownNameError(message)
    # The worker finds it again by the name that was asked for, whatever it calls itself.
    return replace(found, name=name)
