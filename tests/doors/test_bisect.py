"""The bisection from the command line, over made-up releases: what is printed, stored and answered."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from batchmark.doors import bisect as door
from batchmark.doors.command_line import main
from batchmark.errors import BatchmarkError
from batchmark.studies.bisection.file import BISECTION
from bisected import BETWEEN, Releases

STEP = {"1.0": 1.0, "2.0": 1.0, "3.0": 1.0, "4.0": 1.3, "5.0": 1.3}
Run = Callable[..., Result]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what live releases are made of."""
    found: list[Any] = []
    monkeypatch.setattr(door, "releases_between", lambda *_, **__: BETWEEN)
    return found


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: list[Any]) -> Run:
    """Run `batchmark bisect` in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def bisect(releases: Releases, *arguments: str, ends: tuple[str, str] = ("frame==1.0", "frame==5.0")) -> Result:
        class Live:
            def __init__(self, *given: Any, **_: Any) -> None:
                made.append(given)

            compare = staticmethod(releases.__call__)

        monkeypatch.setattr(door, "LiveReleases", Live)
        return CliRunner().invoke(main, ["bisect", "--good", ends[0], "--bad", ends[1], *arguments])

    return bisect


@pytest.mark.parametrize(
    ("releases", "code", "said"),
    [
        (Releases(STEP), 1, "frame 4.0 made it slower: 1.300 [1.297, 1.303] times 3.0's epoch"),
        (Releases(dict.fromkeys(STEP, 1.0)), 0, "there is nothing to look for"),
        (Releases({**STEP, "5.0": 1.01}), 3, "can't be told"),
        (Releases(STEP, wide={"4.0": 99}), 3, "It became slower after frame 3.0"),
        (Releases(STEP, happens={"4.0": KeyboardInterrupt()}), 2, "Not finished: interrupted by Ctrl-C"),
    ],
)
def test_the_exit_code_is_the_answer(run: Run, releases: Releases, code: int, said: str) -> None:
    result = run(releases)
    assert result.exit_code == code, result.output
    assert said in " ".join(result.stdout.split())


def test_each_verdict_is_told_as_it_comes(run: Run) -> None:
    result = run(Releases(STEP))
    assert "batchmark: frame 3.0 against 1.0: unchanged" in result.stderr.splitlines()
    assert "batchmark: frame 4.0 against 3.0: regressed" in result.stderr.splitlines()


@pytest.mark.parametrize("happens", [{}, {"4.0": KeyboardInterrupt()}])
def test_all_of_it_is_stored_and_read_back(run: Run, happens: dict[str, BaseException]) -> None:
    run(Releases(STEP, happens=happens), "--json", "out.json")
    stored = json.loads(Path("out.json").read_text())
    assert stored["batchmark_bisection"] == 1
    assert [step["verdict"] for step in stored["steps"]][:2] == ["regressed", "unchanged"]
    assert stored["is_found"] is not happens
    found = BISECTION.read(Path("out.json"))
    assert (found.last_good, found.is_found) == ("3.0", not happens)


def test_what_is_compared_is_seconds_per_epoch_alone(run: Run, made: list[Any]) -> None:
    run(Releases(STEP), "--batch-sizes", "128", "--budget", "20s", "--with", "numbers==2.0", "--tolerance", "2%")
    ((ends, how, grid, plan),) = made
    assert ends.held == ("numbers==2.0",)
    assert how.beside == ("scikit-learn",)
    assert (grid.workloads, grid.batch_sizes, grid.loops) == (("blobs",), "128", ("fit",))
    assert (plan.budget_seconds, plan.memory, plan.counters, plan.quality, plan.explain) == (20.0, *(False,) * 4)
    judged = {metric for metric in plan.policy.tolerances if plan.policy.tolerance(metric, "blobs") is not None}
    assert judged == {"seconds_per_epoch"}
    assert plan.policy.tolerance("seconds_per_epoch", "blobs") == 0.02


@pytest.mark.parametrize(
    ("ends", "arguments", "said"),
    [
        (("frame==1.0", "frame==1.0"), (), "--good and --bad are the same"),
        (("frame==5.0", "frame==1.0"), (), "is newer than the bad one"),
        (("frame", "frame==1.0"), (), "frame pins no version"),
        (("frame==1.0 a==1", "frame==5.0 a==2"), (), "differ in frame and a"),
        (("frame==1.0", "frame==5.0"), ("--tolerance", "peak_bytes=2%"), "a tolerance is named for peak_bytes"),
        (("frame==1.0", "frame==5.0"), ("--tolerance", "seconds_per_epoch=false"), "its tolerance is false"),
        (("frame==1.0", "frame==5.0"), ("--tolerance", "blob.seconds_per_epoch=2%"), "'blob', and blobs is compared"),
        (("frame==1.0", "frame==5.0"), ("--workload", "nix"), "nix"),
        (("frame==1.0", "frame==5.0"), ("--loop", "nix"), "unknown loop 'nix'"),
        (("jax==0.9.0", "jax==0.10.0"), ("--loop", "fit:jit_compile"), "jax has none of the loops fit:jit_compile"),
        (
            ("jax==0.9.0", "jax==0.10.0"),
            ("--loop", "fit", "--loop", "fit:jit_compile"),
            "there is no loop fit:jit_compile: JAX runs Keras there",
        ),
        (("frame==1.0", "frame==5.0"), ("--budget", "soon"), "--budget is 'soon'"),
        (("frame==1.0", "frame==5.0"), ("--longer", "-1"), "--longer is '-1'"),
    ],
)
def test_bad_input_is_one_clear_line_before_anything_is_measured(
    run: Run, ends: tuple[str, str], arguments: tuple[str, ...], said: str
) -> None:
    releases = Releases(STEP)
    result = run(releases, *arguments, ends=ends)
    assert result.exit_code == 2, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("batchmark: ")
    assert said in line
    assert releases.asked == []


def test_ends_that_can_not_be_installed_are_one_line(run: Run) -> None:
    result = run(Releases(STEP, happens={"5.0": BatchmarkError("the release frame 5.0: nothing fits")}))
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == "batchmark: the release frame 5.0: nothing fits"


def test_ctrl_c_before_the_ends_were_compared_is_one_line(run: Run) -> None:
    result = run(Releases(STEP, happens={"1.0": KeyboardInterrupt()}))
    assert result.exit_code == 2
    assert "interrupted by Ctrl-C before there was a result" in result.stderr


def test_help_says_what_the_exit_codes_mean() -> None:
    said = " ".join(CliRunner().invoke(main, ["bisect", "--help"]).stdout.split())
    assert "Exit codes: 0 the ends don't differ; 1 the release was found; 2 it could not be looked for" in said
