"""How much memory this process has used, as its operating system counts."""

import os
import re
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

ABOVE_LIMIT = "more memory than the limit was resident"
"""The last words of a process that `limit_host_bytes` ended."""

_SECONDS_BETWEEN_LOOKS = 0.02
_STATUS = Path("/proc/self/status")
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
_FIELD = re.compile(r"^(\w+):\s+(\d+) kB$", re.MULTILINE)
_OOM_SCORE = Path("/proc/self/oom_score_adj")
_KIBI = 1024


def peak_host_bytes() -> int:
    """Return the most memory this process ever had resident, in bytes.

    On Linux from ``/proc``, where a process begins at 0; elsewhere `getrusage`, which on some systems begins at
    what the parent had.
    """
    try:
        found = _PEAK.search(_STATUS.read_text(encoding="ascii"))
    except OSError:
        found = None
    if found:
        return int(found[1]) * _KIBI
    import resource  # noqa: PLC0415  Windows has none, and reads what was measured elsewhere

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * _KIBI


def limit_host_bytes(limit: int) -> None:
    """End this process, by SIGKILL and with `ABOVE_LIMIT` as its last words, when it has more than `limit` bytes.

    Counts what is resident, as a container does and as `peak_host_bytes` reports: a thread looks every 20 ms, so
    what a process touches in that time is how far it can go beyond. Two nets hang below: this process can allocate
    no more than twice `limit`, on top of what it has allocated and not touched yet (``RLIMIT_DATA``), and should
    the machine's memory be exhausted all the same, it is the one that Linux ends.

    Note: tried RLIMIT_AS; rejected because TensorFlow reserves gigabytes of addresses that it never uses. Tried
    RLIMIT_DATA alone; rejected because TensorFlow's allocator on a CPU takes regions that double in size, and
    under a limit takes all that is left, so that the next small allocation elsewhere fails: a training with
    1.24 GB resident needed a limit above 1.68 GB, and most failures were crashes. A control group would count the
    same, but takes rights that a user's process rarely has.
    """
    import resource  # noqa: PLC0415  as above

    allowed = 2 * limit + _untouched_bytes()
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY:
        allowed = min(allowed, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (allowed, allowed))
    with suppress(OSError):
        _OOM_SCORE.write_text("1000", encoding="ascii")
    threading.Thread(target=_end_above, args=(limit,), daemon=True).start()


def _end_above(limit: int) -> None:
    while peak_host_bytes() <= limit:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    os.write(2, f"\n{ABOVE_LIMIT}\n".encode())
    os.kill(os.getpid(), signal.SIGKILL)


def _untouched_bytes() -> int:
    try:
        status = dict(_FIELD.findall(_STATUS.read_text(encoding="ascii")))
    except OSError:
        return 0
    return max(0, int(status.get("VmData", 0)) - int(status.get("RssAnon", 0))) * _KIBI
