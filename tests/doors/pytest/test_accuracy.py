"""The accuracy tests, with real trainings: a sound workload passes, a planted defect fails."""

import os
import sys
from typing import Any

import pytest

from batchmark.training.keras_versions import is_keras_3
from repository import ROOT


@pytest.fixture
def accuracy_project(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    examples = str(ROOT / "tests" / "example_workloads")
    monkeypatch.setenv("PYTHONPATH", examples)
    monkeypatch.syspath_prepend(examples)
    return project


def _run(project: pytest.Pytester, *options: str) -> Any:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--benchmark-skip",
        "accuracy",
        "--batchmark-seeds=10",
        "--batchmark-max-seeds=40",
        *options,
    ]
    assert os.environ["PYTHONPATH"]
    return project.run(*command)


@pytest.mark.skipif(not is_keras_3(), reason="Keras 2 trains hundreds of seeds one by one: minutes")
def test_a_planted_defect_at_one_size_fails_with_its_numbers_and_the_sound_size_passes(
    accuracy_project: pytest.Pytester,
) -> None:
    result = _run(
        accuracy_project,
        "--batchmark-workload=planted:SLOW_LEARNER",
        "--batchmark-batch-sizes=31,64",
        "--batchmark-max-seeds=200",
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*batch size 64 does not train as well as the reference 32 (verdict: different)*",
            "*accuracy on fresh data: 0.* against 0.*",
            "*difference -0.*, margin ±0.017*",
            "*paired seeds, 50 epochs, learning rate 0.001 (reference 0.01)*",
            "*FAILED accuracy/*planted:SLOW_LEARNER-64*",
        ]
    )


def test_a_straddling_interval_fails_as_inconclusive_and_says_so(accuracy_project: pytest.Pytester) -> None:
    result = _run(accuracy_project, "--batchmark-batch-sizes=8", "--batchmark-max-seeds=10")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*(verdict: inconclusive)*", "*raise --batchmark-max-seeds to settle it*"])
