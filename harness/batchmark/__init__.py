"""Batchmark: speed and quality of neural-network training, judged per batch size.

Importing this package imports neither TensorFlow nor a plotting library and does no work.
"""

from batchmark.errors import BatchmarkError
from batchmark.records import Cell, CellRecord
from batchmark.workloads.workload import Data, Split, Workload

__version__ = "0.1.0"

__all__ = ["BatchmarkError", "Cell", "CellRecord", "Data", "Split", "Workload", "__version__"]
