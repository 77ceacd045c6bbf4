"""Batchmark: speed and quality of neural-network training, judged per batch size.

What stands in `__all__` here, in `batchmark.releases`, in `batchmark.asv` and in `batchmark.declared` is what users'
files may import, and stays; docs/api.md lists it. Everything else is private and may change with any version.

Importing this package imports neither TensorFlow nor a plotting library and does no work: what it offers is imported
when it is first asked for, because pytest imports the package in every run of its environment.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchmark.comparison import ComparedCell, Comparison, Environments, Policy, Verdict
    from batchmark.errors import BatchmarkError
    from batchmark.files.comparison import read_comparison
    from batchmark.files.sweep import StoredSweep, read_sweep
    from batchmark.proofs import Outcome, Proof
    from batchmark.records import Cell, CellRecord, Status
    from batchmark.workloads.workload import Data, Description, Split, Workload

__version__ = "0.1.0"

__all__ = [
    "BatchmarkError",
    "Cell",
    "CellRecord",
    "ComparedCell",
    "Comparison",
    "Data",
    "Description",
    "Environments",
    "Outcome",
    "Policy",
    "Proof",
    "Split",
    "Status",
    "StoredSweep",
    "Verdict",
    "Workload",
    "__version__",
    "read_comparison",
    "read_sweep",
]

_MODULES = {
    "BatchmarkError": "batchmark.errors",
    "Cell": "batchmark.records",
    "CellRecord": "batchmark.records",
    "ComparedCell": "batchmark.comparison",
    "Comparison": "batchmark.comparison",
    "Data": "batchmark.workloads.workload",
    "Description": "batchmark.workloads.workload",
    "Environments": "batchmark.comparison",
    "Outcome": "batchmark.proofs",
    "Policy": "batchmark.comparison",
    "Proof": "batchmark.proofs",
    "Split": "batchmark.workloads.workload",
    "Status": "batchmark.records",
    "StoredSweep": "batchmark.files.sweep",
    "Verdict": "batchmark.comparison",
    "Workload": "batchmark.workloads.workload",
    "read_comparison": "batchmark.files.comparison",
    "read_sweep": "batchmark.files.sweep",
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
