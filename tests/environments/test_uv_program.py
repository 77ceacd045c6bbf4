"""What uv is told: where pip was told to look, and which build of PyTorch to take where nobody says."""

import subprocess
from typing import Any

import pytest

from batchmark.environments import uv_program
from batchmark.environments.uv_program import index_in_use, run_uv, uv_environment

_WHERE = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX")


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment that uv was run in, of a user who has told neither it nor pip anything."""
    for name in (*_WHERE, "UV_INDEX_STRATEGY", "UV_TORCH_BACKEND", "PIP_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    seen: dict[str, str] = {}

    def run(*_: Any, env: dict[str, str], **__: Any) -> subprocess.CompletedProcess[str]:
        seen.update(env)
        return subprocess.CompletedProcess([], 0, "", "")

    monkeypatch.setattr(uv_program, "find_uv", lambda: "uv")
    monkeypatch.setattr(subprocess, "run", run)
    return seen


def test_of_pytorch_uv_takes_the_build_for_this_machines_accelerator(told: dict[str, str]) -> None:
    run_uv("pip", "compile", for_here=True)
    assert told["UV_TORCH_BACKEND"] == "auto"
    told.clear()
    run_uv("pip", "compile")
    assert "UV_TORCH_BACKEND" not in told, "a lock of a release is for all machines"


@pytest.mark.parametrize(
    ("name", "value"),
    [("UV_TORCH_BACKEND", "cpu"), ("UV_DEFAULT_INDEX", "https://mine"), ("PIP_FIND_LINKS", "/wheels")],
)
def test_whoever_names_a_build_or_an_index_decides(
    told: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    run_uv("pip", "compile", for_here=True)
    assert told.get("UV_TORCH_BACKEND") == ("cpu" if name == "UV_TORCH_BACKEND" else None)


def test_uv_looks_for_wheels_where_pip_was_told_to_unless_it_was_told_itself() -> None:
    assert uv_environment({"PIP_FIND_LINKS": "/wheels"})["UV_FIND_LINKS"] == "/wheels"
    assert uv_environment({"PIP_FIND_LINKS": "/wheels", "UV_FIND_LINKS": "/mine"})["UV_FIND_LINKS"] == "/mine"


def test_what_was_resolved_for_one_build_is_not_taken_for_another() -> None:
    assert index_in_use({}) == ""
    assert index_in_use({"UV_TORCH_BACKEND": "cpu"}) != index_in_use({"UV_TORCH_BACKEND": "cu128"})
