"""What several areas share."""

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def _not_a_worker_of_xdist(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test starts is no worker of xdist's: pytest-benchmark and we would refuse to measure in one."""
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"):
        monkeypatch.delenv(name, raising=False)
