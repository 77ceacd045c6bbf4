"""The command `largest`: arguments in, an answer and an exit code out."""

from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from batchmark.doors import command_line
from batchmark.doors import largest as door
from batchmark.errors import BatchmarkError

_UNSAID = {
    "loop": "fit",
    "backend": "tensorflow",
    "needs_gpu": False,
    "memory_limit": None,
    "maximum": None,
    "probe_seconds": 300.0,
}


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(command_line.main, ["largest", *arguments])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the study was asked for; it found batch size 500."""
    arguments: dict[str, Any] = {}

    def study(workload: Any, **others: Any) -> SimpleNamespace:
        arguments.update(others, workload=workload.name)
        return SimpleNamespace(stopped=None, boundary=SimpleNamespace(answer=500))

    monkeypatch.setattr(door, "run_largest", study)
    monkeypatch.setattr(door, "render_largest", lambda _: "what is there")
    return arguments


def test_without_options_the_study_decides(asked: dict[str, Any]) -> None:
    result = _run("blobs")
    assert (result.exit_code, result.stdout.strip()) == (0, "what is there")
    del asked["progress"]
    assert asked == {"workload": "blobs", **_UNSAID}


def test_the_options_are_handed_on(asked: dict[str, Any]) -> None:
    options = (
        "--memory-limit=1.5GiB",
        "--maximum=9000",
        "--loop=compiled:xla",
        "--backend=jax",
        "--probe-timeout=2min",
        "--require-gpu",
    )
    assert _run("blobs", *options).exit_code == 0
    del asked["progress"], asked["workload"]
    assert asked == {
        **_UNSAID,
        "loop": "compiled:xla",
        "memory_limit": 3 << 29,
        "maximum": 9000,
        "probe_seconds": 120.0,
        "backend": "jax",
        "needs_gpu": True,
    }


def test_each_workload_loop_and_backend_is_searched_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[tuple[str, str, str]] = []

    def study(workload: Any, *, loop: str, backend: str, **_: Any) -> SimpleNamespace:
        searched.append((workload.name, backend, loop))
        return SimpleNamespace(stopped=None, boundary=SimpleNamespace(answer=None if loop == "fit" else 500))

    monkeypatch.setattr(door, "run_largest", study)
    monkeypatch.setattr(door, "render_largest", lambda _: "what is there")
    loops = ("--loop=fit", "--loop=compiled:xla")
    result = _run("blobs", "--workload=mnist-cnn", *loops, "--backend=tensorflow", "--backend=torch")
    # PyTorch has no compiled epoch.
    ways = [("tensorflow", "fit"), ("tensorflow", "compiled:xla"), ("torch", "fit")]
    assert searched == [(name, *way) for name in ("blobs", "mnist-cnn") for way in ways]
    assert (result.exit_code, result.stdout.count("what is there")) == (1, 6)


@pytest.mark.parametrize(
    ("stopped", "answer", "code"),
    [(None, None, 1), ("interrupted by Ctrl-C", 64, 2), ("interrupted by Ctrl-C", None, 2)],
)
def test_no_answer_exits_1_and_half_an_answer_2(
    monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any], stopped: str | None, answer: int | None, code: int
) -> None:
    found = SimpleNamespace(stopped=stopped, boundary=SimpleNamespace(answer=answer))
    monkeypatch.setattr(door, "run_largest", lambda *_, **__: found)
    result = _run("blobs")
    assert (result.exit_code, result.stdout.strip()) == (code, "what is there")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("no-such-workload",),
        ("blobs", "--memory-limit=0"),
        ("blobs", "--memory-limit=-1GiB"),
        ("blobs", "--memory-limit=8 bananas"),
        ("blobs", "--maximum=0"),
        ("blobs", "--loop=compiled"),
        ("blobs", "--loop=fastest"),
        ("blobs", "--probe-timeout=0"),
        ("blobs", "--probe-timeout=soon"),
        ("blobs", "--workload=cifar"),
        ("blobs", "--backend=abacus"),
        ("blobs", "--backend=torch", "--loop=compiled:xla"),
        ("blobs", "--threads=0"),
        ("blobs", "--threads=100000"),
    ],
)
def test_bad_arguments_exit_2_before_anything_is_probed(asked: dict[str, Any], arguments: tuple[str, ...]) -> None:
    result = _run(*arguments)
    assert result.exit_code == 2
    assert result.stderr
    assert not asked


def test_what_goes_wrong_in_the_study_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        message = "too little memory; use more"
        raise BatchmarkError(message)

    monkeypatch.setattr(door, "run_largest", fail)
    result = _run("blobs")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == "batchmark: too little memory; use more"
