"""What asv loads of ours, in one name: ``"plugins": [".batchmark.asv"]`` in asv.conf.json.

asv finds a plugin's classes by itself once their modules are imported: the environment type ``release``, in which a
commit is a release, and what the published site shows of releases without loading anything from other hosts.
"""

import batchmark.doors.asv.environment
import batchmark.site.by_release
import batchmark.site.by_workload
import batchmark.site.offline  # noqa: F401  imported for asv to find

__all__: list[str] = []
