"""Every option of one name is one option, whichever verb has it; and every verb takes workloads alike."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from batchmark.doors import choices
from batchmark.doors.choices import Choice, Kind
from batchmark.doors.command_line import main
from batchmark.doors.options import Written, option, takes_workloads
from batchmark.doors.reading import read
from batchmark.doors.sweep_options import OPTIONS
from batchmark.errors import BatchmarkError

SIDES = {"baseline", "candidate"}
"""Requirements where they are measured, files where they were stored: the two sides of a comparison keep their name."""
OTHERWISE = {"quality", "rates"}
"""Numbers in `target`; in others whether it is judged, and how a rate follows the batch size."""

OF_THE_VERB = {"batch-size", "batch-sizes", "budget", "epochs", "seeds"}
"""Of one grammar everywhere; what they are the size or number of, or limit, is the verb's to say."""


def _commands(group: click.Group, *before: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, *before, name)
        elif not command.hidden:
            yield " ".join((*before, name)), command


COMMANDS = dict(_commands(main))


def _options() -> dict[str, dict[str, click.Option]]:
    """Return the options of all verbs, by name and then by verb."""
    found: dict[str, dict[str, click.Option]] = defaultdict(dict)
    for verb, command in COMMANDS.items():
        for each in command.params:
            if isinstance(each, click.Option):
                found[each.opts[0]][verb] = each
    return found


ALL = _options()


def _said(each: click.Option) -> tuple[object, ...]:
    kind = each.type.choice if isinstance(each.type, Written) else each.type.to_info_dict()
    return kind, each.metavar, each.help, each.multiple, each.is_flag, each.secondary_opts, each.opts


@pytest.mark.parametrize("name", sorted(ALL))
def test_an_option_has_the_same_grammar_and_help_in_every_verb(name: str) -> None:
    if name.removeprefix("--") in SIDES | OTHERWISE:
        return
    said = {verb: _said(each) for verb, each in ALL[name].items()}
    first = next(iter(said.values()))
    if name.removeprefix("--") in OF_THE_VERB:
        types = [each.type for each in ALL[name].values()]
        assert len({each.choice.kind for each in types if isinstance(each, Written)}) == 1
        return
    assert all(each == first for each in said.values()), said


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_option_has_a_help_that_is_a_sentence(name: str) -> None:
    for each in ALL[name].values():
        assert each.help
        assert each.help[0].isupper() or each.help.startswith(("asv", "paper: "))
        assert each.help.endswith(".")


@pytest.mark.parametrize("verb", [verb for verb, each in COMMANDS.items() if each.help])
def test_every_verb_has_help(verb: str) -> None:
    result = CliRunner().invoke(main, [*verb.split(), "--help"])
    assert result.exit_code == 0
    assert COMMANDS[verb].help.splitlines()[0][:30] in result.output  # type: ignore[union-attr]  # it has one


def test_values_are_read_by_our_grammars_and_by_no_other() -> None:
    for name, by_verb in ALL.items():
        for each in by_verb.values():
            assert each.is_flag or isinstance(each.type, (Written, click.Path)), name


MEASURE = {"sweep", "largest", "upgrade", "bisect", "calibrate", "releases run", "releases itself", "ruler overhead"}
"""What takes workloads. Tables and planted slow-downs have their own; the rest reads what was stored."""


@pytest.mark.parametrize("verb", COMMANDS)
def test_workloads_are_taken_by_position_and_as_an_option_or_not_at_all(verb: str) -> None:
    command = COMMANDS[verb]
    by_position = [each for each in command.params if isinstance(each, click.Argument) and each.name == "workloads"]
    as_option = verb in ALL["--workload"]
    assert bool(by_position) == as_option == (verb in MEASURE)
    if by_position:
        (each,) = by_position
        assert (each.nargs, each.required, each.make_metavar(click.Context(command))) == (-1, False, "[WORKLOAD]...")
        assert ALL["--workload"][verb].multiple


@click.command()
@takes_workloads("blobs")
@option(choices.SEED, default="0")
def told(workloads: tuple[str, ...], seed: int) -> None:
    """Print what it is given."""
    click.echo(f"{' '.join(workloads)} {seed}")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), " 0"),
        (("blobs", "mine:w"), "blobs mine:w 0"),
        (("--workload", "blobs", "--workload=mine:w"), "blobs mine:w 0"),
        (("--workload=blobs", "mine:w", "--sweep-seed", "7", "mine:w"), "mine:w blobs 7"),
    ],
)
def test_all_workloads_that_are_named_are_taken_once(arguments: tuple[str, ...], said: str) -> None:
    result = CliRunner().invoke(told, arguments)
    assert result.output == f"{said}\n"


def test_a_sweeps_choices_are_pytests() -> None:
    for each in OPTIONS:
        if f"--{each.name}" in ALL and "sweep" in ALL[f"--{each.name}"]:
            found = ALL[f"--{each.name}"]["sweep"]
            assert found.help == each.choice.help
            assert found.metavar in (each.choice.metavar, None)


@pytest.mark.parametrize(
    ("choice", "text", "value"),
    [
        (choices.BUDGET, "2min", 120.0),
        (choices.TURNS, " 12 ", 12),
        (choices.SEED, "0", 0),
        (choices.BATCH_SIZES, "16..512*,full", "16..512*,full"),
        (choices.LEARNING_RATE, "same", "same"),
        (Choice("precision", Kind.SHARE, ""), "2 %", 0.02),
        (Choice("limit", Kind.SIZE, ""), "8GiB", 8 << 30),
        (Choice("target", Kind.NUMBER, ""), "-0.5", -0.5),
        (Choice("grid", Kind.NUMBERS, ""), "0.01,0.02", "0.01,0.02"),
        (Choice("batch-size", Kind.BATCH_SIZE, ""), "full", "full"),
    ],
)
def test_a_value_is_read_by_its_kind(choice: Choice, text: str, value: object) -> None:
    assert read(choice, text, f"--{choice.name}") == value


@pytest.mark.parametrize(
    ("choice", "text", "line"),
    [
        (choices.BUDGET, "soon", "--budget is 'soon'; expected a time above 0 as in 60s or 2min"),
        (choices.TURNS, "0", "--turns is '0'; expected a whole number from 1"),
        (choices.TURNS, "-1", "--turns is '-1'; expected a whole number from 1"),
        (choices.SEED, "100000001", "--seed is '100000001'; expected a whole number from 0 to 100,000,000"),
        (choices.WORKLOAD, "", "--workload is ''; expected a name"),
        (choices.BATCH_SIZES, "many", "batch size 'many' is not a number; expected integers"),
        (choices.LEARNING_RATE, "high", '--learning-rate is \'high\'; expected "paper" or "same"'),
        (Choice("precision", Kind.SHARE, ""), "2", "--precision is '2', which would be 200%; write 0.02 or \"2%\""),
        (Choice("target", Kind.NUMBER, ""), "nan", "--target is 'nan'; expected a number, as 0.95"),
        (Choice("grid", Kind.NUMBERS, ""), "0.01,0", "--grid is '0'; expected a number above 0, as 0.01"),
        (Choice("grid", Kind.NUMBERS, ""), "", "--grid is ''; expected a name"),
        (Choice("limit", Kind.SIZE, ""), "8G", "--limit is '8G'; expected an amount of memory as in 8GiB"),
        (Choice("batch-size", Kind.BATCH_SIZE, ""), "16..64", "--batch-size is '16..64'; expected one batch size"),
    ],
)
def test_what_is_not_of_its_kind_is_one_line_that_says_what_is_expected(choice: Choice, text: str, line: str) -> None:
    with pytest.raises(BatchmarkError) as refused:
        read(choice, text, f"--{choice.name}")
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("verb", sorted(ALL["--budget"]))
def test_a_budget_is_refused_in_the_same_words_by_every_verb(verb: str, tmp_path: Path) -> None:
    given = ["--jsonl", str(tmp_path / "runs")] if verb == "ruler power" else []
    result = CliRunner().invoke(main, [*verb.split(), "--budget", "soon", *given])
    assert result.exit_code == 2
    assert result.stderr == "batchmark: --budget is 'soon'; expected a time above 0 as in 60s or 2min\n"


@pytest.mark.parametrize(
    ("tolerance", "line"),
    [
        ("2", "--tolerance '2' is '2', which would be 200%; write 0.02 or \"2%\""),
        (
            "seconds_per_epoch=2%",
            "releases are compared by one tolerance for every metric; type a share alone",
        ),
    ],
)
def test_releases_take_a_share_alone_for_a_tolerance(tolerance: str, line: str) -> None:
    for verb in (("report",), ("itself", "2.21.0")):
        result = CliRunner().invoke(main, ["releases", *verb, "--tolerance", tolerance])
        assert result.exit_code == 2
        assert result.stderr.startswith(f"batchmark: {line}")


def test_one_stand_in_or_one_pass_is_refused_before_anything_is_read() -> None:
    result = CliRunner().invoke(main, ["releases", "itself", "2.21.0", "--passes", "1"])
    assert result.exit_code == 2
    assert result.stderr == "batchmark: 5 stand-ins in 1 passes show no spread; use at least 2 of each\n"
