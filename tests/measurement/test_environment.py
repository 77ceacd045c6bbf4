"""Facts of the host, where it tells them."""

import os
from pathlib import Path

import pytest

from batchmark.measurement import environment


def test_the_governor_is_read_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    governor = tmp_path / "scaling_governor"
    governor.write_text("performance\n")
    monkeypatch.setattr(environment, "_GOVERNOR", governor)
    assert environment.host_facts()["governor"] == "performance"
    governor.unlink()
    assert environment.host_facts()["governor"] is None


def test_cores_are_told_with_the_quota_that_limits_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "processor_quota", lambda: 1.5)
    monkeypatch.setattr(environment, "usable_cores", lambda: 1.5)
    assert {"cores": 1.5, "cores_quota": 1.5}.items() <= environment.host_facts().items()


def test_load_is_the_systems_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (0.123, 0.5, 1.0))
    assert environment.host_facts()["load_at_start"] == [0.12, 0.5, 1.0]

    def unknown() -> tuple[float, float, float]:
        raise OSError

    monkeypatch.setattr(os, "getloadavg", unknown)
    assert environment.host_facts()["load_at_start"] is None
