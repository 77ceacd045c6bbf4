"""The worker process: ``python -m batchmark.measurement.worker`` answers requests until its input ends."""

import os
import select
import signal
import threading
from collections.abc import Callable
from typing import IO

from batchmark.measurement.protocol.failures import failure_of
from batchmark.measurement.protocol.lines import Answered, Message, Progressed, line_of, request_from
from batchmark.measurement.protocol.request import Answering
from batchmark.workloads.keras_backend import require_backend


def main() -> None:
    """Serve requests from standard input until it ends."""
    # Ctrl-C is the controller's: it decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _leave_sigterm_to_the_controller()
    requests, answers = _take_standard_input(), _take_standard_output()
    if os.getpgrp() == os.getpid():
        threading.Thread(target=_end_with_controller, args=(requests.fileno(),), daemon=True).start()
    serve(requests, answers)


def _leave_sigterm_to_the_controller() -> None:
    """Go on where SIGTERM is sent to all processes of a job that is cancelled; what the user's code forks ends by it.

    A handler, unlike a signal that is ignored, is not inherited by other programs.
    """

    def in_child() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        unblock()

    def unblock() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})

    signal.signal(signal.SIGTERM, lambda *_: None)
    # Blocked meanwhile: one that comes before the child has set its own would be lost.
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM}),
        after_in_parent=unblock,
        after_in_child=in_child,
    )


def serve(requests: IO[str], answers: IO[str]) -> None:
    """Answer each line of `requests` on `answers`."""

    def say(message: Message) -> None:
        answers.write(line_of(message))
        answers.flush()

    session: Answering | None = None
    for line in requests:
        try:
            if session is None:
                session = _new_session(lambda share: say(Progressed(share)))
            say(Answered(session.answer(request_from(line, session.answered()))))
        except BaseException as error:  # noqa: BLE001  whatever a model raises is the answer to the request; sys.exit too
            say(failure_of(error))


def _new_session(progress: Callable[[float], None]) -> Answering:
    require_backend()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Imported here, so that a missing TensorFlow is an answer and not a dead worker.
    from batchmark.measurement.session import Session  # noqa: PLC0415

    return Session(progress)


def _take_standard_input() -> IO[str]:
    """Return the stream of requests; whatever else reads standard input finds it empty."""
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return requests


def _end_with_controller(requests: int) -> None:
    """End this process and all that it started when the controller is gone, whatever is being done.

    A pipe whose writer is gone hangs up, even while it holds what was not read yet.
    """
    watched = select.poll()
    watched.register(requests, 0)
    watched.poll()
    os.killpg(0, signal.SIGKILL)


def _take_standard_output() -> IO[str]:
    """Return a stream to the controller; whatever else prints to standard output goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


if __name__ == "__main__":
    main()
