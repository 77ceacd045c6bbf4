"""The workers of several threads, which can be ended from another one."""

import threading
from collections.abc import Callable

from batchmark.measurement.connection import Worker


class LiveWorkers:
    """Starts workers for threads that wait for them, and ends all of them at once where those wait no more.

    Workers leave Ctrl-C to us, and a pool of threads waits for what it has begun: without their workers the requests
    end at once.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._started: list[Worker] = []
        self._ended = False
        self._lock = threading.Lock()

    def start(self, start: Callable[[], Worker]) -> Worker:
        """Return a worker that `start` starts; the caller closes it.

        Raises KeyboardInterrupt: they have been ended.
        """
        # Under the lock: none can be started and not yet known when they are ended.
        with self._lock:
            if self._ended:
                raise KeyboardInterrupt
            worker = start()
            self._started.append(worker)
            return worker

    def end(self) -> None:
        """Kill every worker, and let none be started any more."""
        with self._lock:
            self._ended = True
            for worker in self._started:
                worker.kill()
