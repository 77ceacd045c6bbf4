"""What an asv suite of releases imports: what is tracked of a workload, and how a class of the suite measures it.

>>> from batchmark.releases import ReleaseSession, Tracked, measure, tracks  # doctest: +SKIP

``benchmarks/releases/workloads.py`` is such a suite, and docs/releases.md says what becomes of it.
"""

from batchmark.doors.asv.suite import measure, tracks
from batchmark.studies.releases.session import ReleaseSession, Tracked

__all__ = ["ReleaseSession", "Tracked", "measure", "tracks"]
