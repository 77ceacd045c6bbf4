"""What is chosen of a sweep: the command line before pyproject.toml, and what can't be used refused by name."""

from pathlib import Path

import pytest

from batchmark.doors.sweep_options import OPTIONS
from batchmark.doors.sweep_settings import SweepSettings, read_sweep_table, settings_of
from batchmark.errors import BatchmarkError, PolicyError

WHOLE = """
[tool.batchmark.sweep]
workload = "mine:w"
batch-sizes = "16..64"
loop = ["fit", "compiled:xla"]
turns = 3
budget = 7.5
first-epoch-limit = 20
memory = true
sweep-seed = 9
learning-rate = "same"
seeds = 4
max-seeds = 8
"""


def _written(folder: Path, text: str) -> Path:
    file = folder / "pyproject.toml"
    file.write_text(text)
    return file


def _table(folder: Path, line: str) -> Path:
    return _written(folder, f"[tool.batchmark.sweep]\n{line}\n")


def test_every_option_can_be_set(tmp_path: Path) -> None:
    settings = settings_of({}, _written(tmp_path, WHOLE))
    assert settings == SweepSettings(
        workload=("mine:w",),
        batch_sizes="16..64",
        loop=("fit", "compiled:xla"),
        turns=3,
        budget=7.5,
        first_epoch_limit=20,
        memory=True,
        seed=9,
        learning_rate="same",
        seeds=4,
        max_seeds=8,
    )
    plan = settings.plan()
    assert (plan.turns, plan.budget_seconds, plan.first_epoch_limit_seconds, plan.seed) == (3, 7.5, 20, 9)
    assert plan.same_learning_rate


def test_the_command_line_takes_precedence(tmp_path: Path) -> None:
    given = {"workload": ("blobs",), "turns": 5, "memory": False}
    settings = settings_of(given, _written(tmp_path, WHOLE))
    assert (settings.workload, settings.turns, settings.memory) == (("blobs",), 5, False)
    assert (settings.batch_sizes, settings.budget) == ("16..64", 7.5)


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'\n", "[tool.batchmark]\nconfidence = 0.9\n"])
def test_a_file_that_says_nothing_of_a_sweep_changes_nothing(tmp_path: Path, text: str) -> None:
    assert settings_of({}, _written(tmp_path, text)) == SweepSettings() == settings_of({}, None)


@pytest.mark.parametrize("line", ["workloads = ['mine:w']", "workload = ['mine:w']", "workload = 'mine:w'"])
def test_one_name_is_a_list_of_one_and_a_list_may_be_named_in_the_plural(tmp_path: Path, line: str) -> None:
    assert read_sweep_table(_table(tmp_path, line)) == {"workload": ("mine:w",)}


@pytest.mark.parametrize("key", ["sweep-seed", "seed"])
def test_the_seed_is_called_as_at_either_command_line(tmp_path: Path, key: str) -> None:
    assert read_sweep_table(_table(tmp_path, f"{key} = 3")) == {"seed": 3}


def test_a_key_in_the_singular_and_in_the_plural_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="has both loop and loops; keep one of them"):
        read_sweep_table(_table(tmp_path, "loop = 'fit'\nloops = ['all']"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("batch_sizes = '16'", "unknown key 'batch_sizes'; did you mean batch-sizes"),
        ("turn = 3", "unknown key 'turn'; did you mean turns"),
        ("grid = '16'", "unknown key 'grid'; "),
        ("json = 'out.json'", "unknown key 'json'; "),
        ("tolerances = {}", "unknown key 'tolerances'; "),
    ],
)
def test_an_unknown_key_is_refused_with_the_known_ones(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(
        PolicyError, match=rf"pyproject.toml: tool.batchmark.sweep: {message}.*known are workload, .*max-seeds$"
    ):
        read_sweep_table(_table(tmp_path, f"{line}"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("turns = 'many'", "turns is 'many'; expected a whole number from 1"),
        ("turns = 0", "turns is 0; expected a whole number from 1"),
        ("turns = 3.0", "turns is 3.0; expected a whole number"),
        ("turns = true", "turns is True; expected a whole number"),
        ("budget = 'soon'", "budget is 'soon'; expected a time above 0 as in 60s or 2min"),
        ("budget = true", "budget is True; expected a time above 0"),
        ("budget = inf", "budget is inf; expected a time above 0"),
        ("first-epoch-limit = 0", "first-epoch-limit is 0; expected a time above 0"),
        ("batch-sizes = 32", 'batch-sizes is 32; expected a text, as "16..512,full"'),
        ("batch-sizes = [16, 32]", "batch-sizes is .16, 32.; expected a text"),
        ("memory = 'yes'", "memory is 'yes'; expected true or false"),
        ("memory = 1", "memory is 1; expected true or false"),
        ("learning-rate = 0.01", 'learning-rate is 0.01; expected "paper" or "same"'),
        ("learning-rate = 'high'", "learning-rate is 'high'; expected"),
        ("loop = []", "loop is ..; expected a name, or a list of names"),
        ("workloads = ['blobs', 3]", "workloads is .'blobs', 3.; expected a name"),
    ],
)
def test_a_value_of_another_type_is_refused_with_what_is_expected(tmp_path: Path, line: str, expected: str) -> None:
    with pytest.raises(PolicyError, match=f"tool.batchmark.sweep.{expected}"):
        read_sweep_table(_table(tmp_path, line))


@pytest.mark.parametrize("text", ["[tool.batchmark]\nsweep = 3\n", "[tool.batchmark]\nsweep = ['blobs']\n"])
def test_what_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(PolicyError, match=r"tool.batchmark.sweep is .*; expected a table"):
        read_sweep_table(_written(tmp_path, text))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seeds": "1"}, "--seeds is '1'; expected a whole number from 2"),
        ({"seeds": 401}, "use 2 <= --seeds <= --max-seeds"),
        ({"max_seeds": 10}, "use 2 <= --seeds <= --max-seeds"),
        ({"seeds": 0, "max_seeds": 0}, "--seeds is 0; expected a whole number from 2"),
    ],
)
def test_numbers_of_seeds_that_judge_nothing_are_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(BatchmarkError, match=message):
        settings_of(given, None)


def test_what_is_typed_is_read_as_in_the_file(tmp_path: Path) -> None:
    typed = {"turns": "3", "budget": "2min", "first_epoch_limit": "0.5h", "seed": "20261126", "loop": ("fit",)}
    text = "turns = 3\nbudget = '2min'\nfirst-epoch-limit = 1800\nseed = 20261126\nloop = 'fit'"
    settings = settings_of(typed, None)
    assert settings == settings_of({}, _table(tmp_path, text))
    assert (settings.budget, settings.first_epoch_limit, settings.seed) == (120.0, 1800.0, 20_261_126)


def test_what_can_not_be_used_is_named_by_its_option() -> None:
    with pytest.raises(BatchmarkError, match=r"^--budget is 'soon'; expected a time above 0 as in 60s or 2min$"):
        settings_of({"budget": "soon"}, None)


def test_the_keys_are_the_options_of_batchmark_sweep() -> None:
    assert {option.name for option in OPTIONS} >= {"workload", "batch-sizes", "loop", "turns", "budget", "memory"}
