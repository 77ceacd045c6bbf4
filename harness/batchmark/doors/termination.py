"""SIGTERM, as a cancelled job or a machine that is shut down sends it, ends what runs as Ctrl-C does."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from batchmark.errors import Terminated


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """Raise Terminated, a KeyboardInterrupt, where SIGTERM comes while the context lasts; a second one ends at once.

    Only the main thread can take signals: in another one this changes nothing. Nor does it where somebody had SIGTERM
    ignored. What was set before is set again afterwards.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) is signal.SIG_IGN:
        yield
        return
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        # None: set by something that is not Python, which can't be set again from here.
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


def _end(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise Terminated
