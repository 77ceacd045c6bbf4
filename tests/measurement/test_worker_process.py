"""A real worker: TensorFlow in a process of its own, spoken to over pipes."""

import os
import signal
import threading
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from batchmark.errors import MissingPackageError, TrainingError, UnsupportedBackendError, WorkerDiedError, WorkloadError
from batchmark.measurement.connection import Worker
from batchmark.measurement.plan import Plan
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import HARNESSED, LEGS, Opened
from batchmark.measurement.runner import measure
from batchmark.progress import silent
from batchmark.records import Cell, Status
from fake_worker import Unclosed


def _open(worker: Worker, cell: Cell) -> Opened:
    return worker.ask(requests.Open(cell, cell.loop, seed=0, same_learning_rate=False))


def test_a_worker_says_what_it_runs_on(worker: Worker) -> None:
    facts = worker.ask(requests.Facts())
    assert str(facts["tensorflow"]).startswith("2.")
    assert facts["device"] in ("CPU", "GPU")


@pytest.mark.parametrize("loop", ["fit", "compiled:graph"])
def test_an_open_cell_gives_the_rounds_it_is_asked_for(worker: Worker, loop: str) -> None:
    cell = Cell("blobs", 250, loop)
    opened = _open(worker, cell)
    assert (opened.examples, opened.workload_version, opened.diverged) == (500, 1, False)
    assert 0 < opened.warm_epoch_seconds < opened.first_epoch_seconds
    assert opened.compilation == ("fit" if loop == "fit" else "graph")
    assert opened.learning_rate == pytest.approx(0.01)
    burst = worker.ask(requests.RunBurst(cell, warm_up=2, rounds=3))
    assert len(burst.seconds_per_round) == 3
    assert min(burst.seconds_per_round) > 0


@pytest.mark.parametrize("loop", ["fit", "compiled:graph"])
def test_an_open_cell_goes_on_within_a_call(worker: Worker, loop: str) -> None:
    cell = Cell("blobs", 250, loop)
    _open(worker, cell)
    for _ in range(2):
        worker.ask(requests.Begin(cell))
        for warm_up, rounds in ((0, 1), (2, 3)):
            burst = worker.ask(requests.GoOn(cell, warm_up, rounds))
            assert len(burst.seconds_per_round) == rounds
            assert min(burst.seconds_per_round) > 0
        worker.ask(requests.End(cell))


def test_trainings_come_back_with_progress(worker: Worker) -> None:
    shares: list[float] = []
    train = requests.Train("blobs", 500, learning_rate=0.01, seeds=(1, 2), epochs=2)
    trainings = worker.ask(train, progress=shares.append)
    assert trainings.seeds == (1, 2)
    assert len(trainings.validation_loss[0]) == 2
    # Both seeds at once, or one after the other, as the Keras version allows.
    assert shares in ([0.5, 1.0], [0.25, 0.5, 0.75, 1.0])


def test_an_overhead_turn_measures_each_leg_by_the_same_means(worker: Worker) -> None:
    turn = worker.ask(requests.TakeOverheadTurn("blobs", 500, epochs=20, seed=0))
    assert len(turn.legs) == len(turn.seconds_per_epoch) == 60
    threes = [turn.legs[start : start + 3] for start in range(0, 60, 3)]
    assert {tuple(sorted(legs)) for legs in threes} == {tuple(sorted(LEGS))}
    assert len(set(threes)) > 1, "always in the same order"
    assert min(turn.seconds_per_epoch) > 0
    followed = sum(pair == (HARNESSED, HARNESSED) for pair in pairwise(turn.legs))
    assert len(turn.told_over_took) == followed > 0
    # They are the same epochs, up to where in one the clock is read: in most of them nothing comes between.
    assert median(turn.told_over_took) == pytest.approx(1, rel=0.2)
    assert worker.ask(requests.BoundaryCost()) > 0
    calls = worker.ask(requests.CountCalls("blobs", 500))
    assert 0 < calls.harnessed - calls.bare < 0.05 * calls.bare


def test_a_workload_that_cannot_be_built_is_one_line_and_the_worker_lives_on(worker: Worker) -> None:
    with pytest.raises(
        WorkloadError, match=r"planted.py:\d+: the model can't be built: RuntimeError: no model for learning rate 0.01$"
    ):
        _open(worker, Cell("planted:CANNOT_BE_BUILT", 32, "fit"))
    assert worker.ask(requests.Facts())


def test_what_a_workload_prints_does_not_disturb_the_protocol(worker: Worker) -> None:
    assert _open(worker, Cell("planted:PRINTS", 500, "fit")).examples == 500


def test_a_diverging_cell_is_marked_and_the_others_are_measured(worker: Worker) -> None:
    cells = [Cell("planted:DIVERGES_AT_8", size, "compiled:graph") for size in (8, 500)]
    diverged, steady = measure(
        Unclosed(worker), cells, Plan(turns=2, minimum_turns=2), start_worker=_no_other, progress=silent
    ).records
    assert diverged.status is Status.DIVERGED
    assert "learning rate 1e+30" in diverged.warnings[0]
    assert (steady.status, steady.turns) == (Status.COMPLETE, 2)


def test_a_cell_that_kills_its_worker_fails_and_the_others_are_measured_in_a_new_one(
    example_workloads: dict[str, str],
) -> None:
    cells = [Cell("planted:KILLS_ITS_PROCESS_AT_8", size, "compiled:graph") for size in (8, 250, 500)]
    measured = measure(
        Worker(environment=example_workloads),
        cells,
        Plan(turns=2, minimum_turns=2, first_epoch_limit_seconds=600.0),
        start_worker=lambda: Worker(environment=example_workloads),
        progress=silent,
    )
    assert measured.stopped is None
    killed, *others = measured.records
    assert killed.status is Status.FAILED
    assert "killed by signal 9" in killed.warnings[0]
    assert [(other.status, other.turns) for other in others] == [(Status.COMPLETE, 2)] * 2


def _no_other() -> Worker:
    raise AssertionError


def _fake_package(folder: Path, name: str, source: str) -> dict[str, str]:
    (folder / f"{name}.py").write_text(source)
    return {"PYTHONPATH": str(folder)}


@pytest.mark.parametrize("package", ["tensorflow", "keras"])
def test_a_missing_tensorflow_says_what_to_type(tmp_path: Path, package: str) -> None:
    source = f"raise ModuleNotFoundError(\"No module named '{package}'\", name='{package}')"
    with (
        Worker(environment=_fake_package(tmp_path, package, source)) as worker,
        pytest.raises(MissingPackageError, match=r"pip install 'batchmark\[tensorflow\]'"),
    ):
        worker.ask(requests.Facts())


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("input()", r"tensorflow\.py:1: EOFError: "),
        ("import sys; assert sys.stdin.read() == ''; raise ValueError(sys.argv[1:])", r"ValueError: \[\]"),
        ("import os\nassert os.read(0, 99) == b''\nraise ValueError('empty')", r"tensorflow\.py:3: ValueError: empty"),
        ("import sys\nsys.exit('no more')", r"tensorflow\.py:2: SystemExit: no more"),
        ("import argparse\np = argparse.ArgumentParser()\np.add_argument('x')\np.parse_args()", r"py:4: SystemExit: 2"),
        ("raise KeyboardInterrupt", r"tensorflow\.py:1: KeyboardInterrupt"),
    ],
)
def test_code_that_reads_input_or_ends_the_program_is_an_answer_and_the_worker_lives_on(
    tmp_path: Path, source: str, told: str
) -> None:
    # In the folder that the worker runs in it is the user's own.
    with Worker(environment=_fake_package(tmp_path, "tensorflow", source), folder=tmp_path) as worker:
        for _ in range(2):
            with pytest.raises(TrainingError, match=told):
                worker.ask(requests.Facts())


@pytest.mark.parametrize("setting", ["KERAS_BACKEND", "KERAS_HOME"])
def test_a_backend_that_is_not_measured_is_refused_before_anything_is_imported(tmp_path: Path, setting: str) -> None:
    (tmp_path / "keras.json").write_text('{"backend": "openvino"}')
    (tmp_path / "keras-3.0.dist-info").mkdir()
    (tmp_path / "keras-3.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: keras\nVersion: 3.0\n")
    environment = _fake_package(tmp_path, "tensorflow", "raise AssertionError('imported')")
    environment[setting] = {"KERAS_BACKEND": "openvino", "KERAS_HOME": str(tmp_path)}[setting]
    with (
        Worker(environment=environment) as worker,
        pytest.raises(UnsupportedBackendError, match="train with 'openvino'"),
    ):
        worker.ask(requests.Facts())


def test_a_silent_worker_is_ended_after_its_time(tmp_path: Path) -> None:
    environment = _fake_package(tmp_path, "tensorflow", "import time; time.sleep(600)")
    with Worker(environment=environment, timeout_seconds=0.5) as worker:
        with pytest.raises(WorkerDiedError, match="said nothing for"):
            worker.ask(requests.Facts())
        process_id = worker.process_id
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)


def test_killing_a_worker_frees_the_thread_that_waits_for_it(tmp_path: Path) -> None:
    environment = _fake_package(tmp_path, "tensorflow", "import time; time.sleep(600)")
    with Worker(environment=environment) as worker:
        timer = threading.Timer(0.2, worker.kill)
        timer.start()
        with pytest.raises(WorkerDiedError, match=f"signal {signal.SIGKILL.value}"):
            worker.ask(requests.Facts())
        timer.join()


def test_a_worker_ignores_ctrl_c_and_leaves_it_to_the_controller(worker: Worker) -> None:
    os.kill(worker.process_id, signal.SIGINT)
    assert worker.ask(requests.Facts())
