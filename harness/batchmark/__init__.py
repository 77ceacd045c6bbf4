"""Batchmark: speed and quality of neural-network training, judged per batch size.

Importing this package imports neither TensorFlow nor a plotting library and does no work: what it offers is imported
when it is first asked for, because pytest imports the package in every run of its environment.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchmark.errors import BatchmarkError
    from batchmark.records import Cell, CellRecord
    from batchmark.workloads.workload import Data, Split, Workload

__version__ = "0.1.0"

__all__ = ["BatchmarkError", "Cell", "CellRecord", "Data", "Split", "Workload", "__version__"]

_MODULES = {
    "BatchmarkError": "batchmark.errors",
    "Cell": "batchmark.records",
    "CellRecord": "batchmark.records",
    "Data": "batchmark.workloads.workload",
    "Split": "batchmark.workloads.workload",
    "Workload": "batchmark.workloads.workload",
}

# Not for mypy, to which a module with it has every attribute.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        found = globals()[name] = getattr(import_module(_MODULES[name]), name)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
