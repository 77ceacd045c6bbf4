"""docs/own-model.md, as written, in a folder outside of the repository."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from batchmark.measurement.connection import Worker
from batchmark.measurement.protocol import requests
from batchmark.studies.sweep.descriptions import Descriptions

_PAGE = (Path(__file__).parents[2] / "docs" / "own-model.md").read_text(encoding="utf-8")
_PYTHON = re.findall(r"```python\n(.*?)```", _PAGE, re.DOTALL)
_COMMANDS = re.findall(r"^\$ (.*)$", _PAGE, re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that knows nothing of this repository, with the page's code in training.py."""
    (tmp_path / "training.py").write_text("\n\n".join(_PYTHON), encoding="utf-8")
    return tmp_path


def _run(command: str, folder: Path, *options: str) -> Any:
    program, *arguments = shlex.split(command)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PATH": path}
    return subprocess.run(
        [program, *arguments, *options], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_first_example_is_swept_as_written(tmp_path: Path) -> None:
    (tmp_path / "training.py").write_text(_PYTHON[0], encoding="utf-8")
    (command,) = _COMMANDS
    assert command == "batchmark sweep training:workload --batch-sizes 16..512"
    # As written, but for how often each cell is visited.
    done = _run(command, tmp_path, "--turns=2", "--json=out.json")
    assert done.returncode == 0, done.stdout + done.stderr
    for line in ("training:workload, loop fit", "training:workload, loop compiled, run by"):
        assert line in done.stdout
    assert "12 passed" in done.stdout
    shown = _run("batchmark show out.json", tmp_path)
    assert "training:workload, loop fit" in shown.stdout


def test_adding_a_workload_takes_one_line_beside_the_model_and_the_data() -> None:
    declaration = _PYTHON[0].rpartition("\n\n\n")[2].strip().splitlines()
    assert declaration == ["workload = Workload(build_model, load_data)"]


def test_the_other_examples_are_what_the_page_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(folder))
    with (
        Worker(environment={"PYTHONPATH": str(folder)}) as worker,
        Descriptions(start_worker=lambda _: worker) as known,
    ):
        assert known.of("training:pipeline").examples == 2_000
        judged = known.of("training:judged")
        assert (judged.examples, judged.learning_rate, judged.quality_metric) == (1_500, 0.003, "loss")
        trainings = worker.ask(requests.Train("training:judged", 500, learning_rate=0.003, seeds=(0, 1), epochs=2))
        assert all(quality < 0 for quality in trainings.fresh_quality)
        assert trainings.fresh_quality == tuple(-loss for loss in trainings.fresh_loss)
