"""The one stand-in for a worker: it answers by functions, one for each type of request, over the real lines."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol, Self, TypeVar

from batchmark.errors import MalformedMessageError
from batchmark.measurement.connection import Progress, Worker
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import Burst, Opened
from batchmark.measurement.protocol.lines import Answered, Progressed, answer_to, line_of, message_from, request_from
from batchmark.measurement.protocol.request import Answer, Request
from batchmark.proofs import Outcome, Proof

Asked = TypeVar("Asked", bound=Request[Any])
_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")

PROVEN = Proof(Outcome.PROVEN, 10, 1e-6)


class _Kind(Protocol[_Asked, _Answer]):
    """A type of request, which knows its answer's type: so that mypy holds a function against both."""

    def answered_by(self, method: Callable[[Any, _Asked], _Answer], /) -> Callable[[Any, _Asked], _Answer]: ...


class FakeWorker(Worker):
    """A worker without a process, and what it was asked.

    A test gives it a function for each type of request that it expects; any other request, and an answer that isn't of
    the type that its request declares, is a failure of the test.
    """

    def __init__(self, *, before: Callable[[Request[Any]], object] = lambda _: None) -> None:
        """`before` is given each request before it is answered; what it raises is raised by the request."""
        self._before = before
        self._functions: dict[type[Request[Any]], Callable[[Any], object]] = {}
        self.shares: Sequence[float] = ()
        """Told before each answer as what is done of it."""
        self.asked: list[Request[Any]] = []
        self.timeouts: list[float | None] = []
        """By request, in seconds; None: the worker's own."""
        self.closed = 0
        self.killed = threading.Event()

    def on(self, kind: _Kind[_Asked, _Answer], answer: Callable[[_Asked], _Answer]) -> Self:
        """Answer requests of this type by this function from now on."""
        assert isinstance(kind, type)
        assert issubclass(kind, Request)
        self._functions[kind] = answer
        return self

    def ask(
        self, request: Request[Answer], *, progress: Progress | None = None, timeout_seconds: float | None = None
    ) -> Answer:
        received = request_from(line_of(request), [type(request)])
        assert received == request, f"{request} arrives as {received}"
        self.asked.append(received)
        self.timeouts.append(timeout_seconds)
        self._before(received)
        function = self._functions.get(type(received))
        assert function is not None, f"nobody expected {received}"
        if progress:
            for share in self.shares:
                said = message_from(line_of(Progressed(share)).encode())
                assert isinstance(said, Progressed)
                progress(said.progress)
        return _over_the_line(request, function(received))

    @property
    def names(self) -> list[str]:
        """The names of the requests it was asked, in order."""
        return [request.name for request in self.asked]

    def asked_for(self, kind: type[Asked]) -> list[Asked]:
        """Return the requests of this type, in order."""
        return [request for request in self.asked if isinstance(request, kind)]

    def timeouts_of(self, kind: type[Request[Any]]) -> set[float | None]:
        """Return the time-outs of the requests of this type, in seconds."""
        return {limit for request, limit in zip(self.asked, self.timeouts, strict=True) if isinstance(request, kind)}

    def kill(self) -> None:
        self.killed.set()

    def close(self) -> None:
        self.closed += 1


def _over_the_line(request: Request[Answer], answer: object) -> Answer:
    said = message_from(line_of(Answered(answer)).encode())
    assert isinstance(said, Answered)
    try:
        received = answer_to(request, said)
    except MalformedMessageError as error:
        # Not an error of Batchmark's: the code under test would take that for the worker's.
        message = f"{request.name!r} can't be answered with {answer!r}: {error}"
        raise AssertionError(message) from error
    assert type(received) is type(answer), f"{request.name!r} is answered with a {type(received).__name__}: {answer!r}"
    return received


def opened(**fields: Any) -> Opened:
    """Return a cell of 500 examples whose epoch takes 75 ms; `fields` replace what is made up."""
    made_up: dict[str, Any] = {
        "workload_version": 1,
        "examples": 500,
        "compilation": "fit",
        "first_epoch_seconds": 0.5,
        "warm_epoch_seconds": 0.075,
        "learning_rate": 0.01,
        "diverged": False,
    }
    return Opened(**{**made_up, **fields})


def steady_worker(seconds: float = 0.075, *, before: Callable[[Request[Any]], object] = lambda _: None) -> FakeWorker:
    """Return a worker that measures whatever it is asked to: each round takes so many seconds."""

    def rounds(request: requests.RunBurst | requests.GoOn) -> Burst:
        return Burst((seconds,) * request.rounds, diverged=False)

    return (
        FakeWorker(before=before)
        .on(requests.Prove, lambda _: PROVEN)
        .on(requests.Open, lambda _: opened(warm_epoch_seconds=seconds))
        .on(requests.Begin, lambda _: None)
        .on(requests.RunBurst, rounds)
        .on(requests.GoOn, rounds)
        .on(requests.End, lambda _: None)
        .on(requests.WatchWaiting, lambda _: None)
    )


class Unclosed(FakeWorker):
    """A real worker that others go on to use: what is measured with it leaves it open."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self._worker = worker

    def ask(
        self, request: Request[Answer], *, progress: Progress | None = None, timeout_seconds: float | None = None
    ) -> Answer:
        return self._worker.ask(request, progress=progress, timeout_seconds=timeout_seconds)
