"""What a worker's session answers."""

from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.request import Request
from batchmark.measurement.session import Session


def test_every_request_that_there_is_is_answered() -> None:
    every = {kind for kind in vars(requests).values() if isinstance(kind, type) and issubclass(kind, Request)}
    assert Session.answered() == every - {Request}
