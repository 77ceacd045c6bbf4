"""The built-in workloads, and how one is found by its name."""

from batchmark.workloads.registry import find_workload, known_workloads
from batchmark.workloads.workload import Data, Split, Workload

__all__ = ["Data", "Split", "Workload", "find_workload", "known_workloads"]
