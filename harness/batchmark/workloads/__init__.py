"""The built-in workloads, and how one is found by its name."""

from batchmark.workloads.registry import (
    built_in_workloads,
    expand,
    expand_known,
    find_workload,
    is_built_in,
    laboratory_workloads,
    module_of,
    require_known,
)
from batchmark.workloads.workload import Data, Description, Split, Workload, as_split

__all__ = [
    "Data",
    "Description",
    "Split",
    "Workload",
    "as_split",
    "built_in_workloads",
    "expand",
    "expand_known",
    "find_workload",
    "is_built_in",
    "laboratory_workloads",
    "module_of",
    "require_known",
]
