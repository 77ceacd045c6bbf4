"""What a page tells its reader to type is what the programs take: parsed by their own parsers, and not run."""

import configparser
import re
import shlex
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest

from batchmark.doors.command_line import main
from batchmark.errors import BatchmarkError
from batchmark.written.batch_sizes import parse_batch_sizes
from pages import ALL, Command, commands, text_of
from repository import ROOT

_TOX = configparser.ConfigParser(interpolation=None)
_TOX.read(ROOT / "tox.ini", encoding="utf-8")
_PROJECT = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]

_SYSTEM = {"cp", "cpupower", "head", "nvidia-smi", "sudo"}
"""Programs of the system that a page may name behind a prompt; nothing here knows their options."""
_OURS = {"asv", "batchmark", "pip", "pytest", "python", "tox"}


class RefusedError(AssertionError):
    """A program would not take what the page says."""


def _parts(line: str) -> Iterator[list[str]]:
    """Yield each program of a line with its arguments, without comments and assignments before it."""
    words = shlex.shlex(line, posix=True, punctuation_chars=";&|")
    words.whitespace_split = True
    part: list[str] = []
    for word in [*words, ";"]:
        if set(word) <= set(";&|"):
            yield part
            part = []
        elif part or not re.match(r"\w+=", word):
            part.append(word)


def _take_line(command: Command, parser: pytest.Parser) -> None:
    for program, *arguments in _parts(command.line):
        _take(program, arguments, parser, whole=command.is_whole)


def _take(program: str, arguments: list[str], parser: pytest.Parser, *, whole: bool) -> None:
    """Have `program` parse its arguments; whatever isn't `whole` may leave out what is needed."""
    match program:
        case "batchmark":
            _take_by_batchmark(arguments, whole=whole)
        case "pytest":
            _take_by_pytest(arguments, parser)
        case "tox":
            _take_by_tox(arguments, parser)
        case "pip":
            _take_by_pip(arguments)
        case "python":
            _take_by_python(arguments)
        case "asv":
            # Within a sentence a verb stands for itself, without what it needs.
            _take_by_asv(arguments if whole else [arguments[0], "--help"])
        case _ if program not in _SYSTEM:
            message = f"no program of ours or of the system: {program}"
            raise RefusedError(message)


def _take_by_batchmark(arguments: Sequence[str], *, whole: bool) -> None:
    command: click.Command | None = main
    name = "batchmark"
    rest = list(arguments)
    # Under its group, as on the command line: a command keeps the names of its help that it was first asked by.
    above = click.Context(main, **main.context_settings)
    while isinstance(command, click.Group):
        if not rest or rest[0] in {"--help", "--version"}:
            return
        group, (name, *rest) = command, rest
        command = group.get_command(above, name)
    if command is None:
        message = f"no verb {name!r}"
        raise RefusedError(message)
    try:
        given = command.make_context(name, rest, parent=above).params
        if whole and isinstance(grid := given.get("batch_sizes"), str):
            parse_batch_sizes(grid, examples=10_000)
    except click.exceptions.Exit:
        return
    except click.MissingParameter as error:
        if whole:
            raise RefusedError(error.format_message()) from error
    except (click.UsageError, BatchmarkError) as error:
        # The page's files are its reader's.
        if "does not exist" not in str(error):
            raise RefusedError(str(error)) from error


def _take_by_pytest(arguments: Sequence[str], parser: pytest.Parser) -> None:
    try:
        _, unknown = parser.parse_known_and_unknown_args([each for each in arguments if each != "--help"])
    except pytest.UsageError as error:
        raise RefusedError(str(error)) from error
    if unknown:
        message = f"pytest has no {unknown}"
        raise RefusedError(message)


def _take_by_tox(arguments: Sequence[str], parser: pytest.Parser) -> None:
    if list(arguments[:2]) != ["run", "-e"] or arguments[3:4] not in ([], ["--"]):
        message = f"expected tox run -e ENVIRONMENTS [-- ARGUMENTS], got {arguments}"
        raise RefusedError(message)
    for environment in arguments[2].split(","):
        if f"testenv:{environment}" not in _TOX:
            message = f"no tox environment {environment}"
            raise RefusedError(message)
        written = _TOX[f"testenv:{environment}"]["commands"].strip().splitlines()
        taking = [line for line in written if "{posargs" in line]
        if arguments[4:] and not taking:
            message = f"the tox environment {environment} takes no arguments"
            raise RefusedError(message)
        for line in taking:
            program, *before = shlex.split(line.partition("{posargs")[0])
            if arguments[4:]:
                _take(program, [*before, *arguments[4:]], parser, whole=True)


def _take_by_pip(arguments: Sequence[str]) -> None:
    verb, *requirements = arguments
    extras = {
        extra
        for each in requirements
        for extra in re.findall(r"^(?:\.|batchmark)\[(.*)\]$", each)
        for extra in extra.split(",")
    }
    unknown = extras - _PROJECT["optional-dependencies"].keys()
    if verb != "install" or not requirements or unknown:
        message = f"pip {shlex.join(arguments)}: {unknown or 'nothing to install'}"
        raise RefusedError(message)


def _take_by_python(arguments: Sequence[str]) -> None:
    if not arguments or arguments[0] == "-m":
        return
    script = ROOT / arguments[0]
    text = text_of(script) if script.is_file() else ""
    unknown = [each for each in arguments[1:] if each.startswith("-") and f'"{each}"' not in text]
    if not text or unknown:
        message = f"no such script, or it has no {unknown}: {script}"
        raise RefusedError(message)


def _take_by_asv(arguments: Sequence[str]) -> None:
    try:
        from asv.commands import make_argparser  # noqa: PLC0415
    except ImportError:
        # asv is an extra: tox run -e tests-releases has it, and comes here too.
        return
    parser, _ = make_argparser()
    try:
        parser.parse_args(list(arguments))
    except SystemExit as error:
        if error.code == 0:
            return
        message = f"asv does not take {arguments}"
        raise RefusedError(message) from error


def _all() -> list[Command]:
    found = [command for page in ALL for command in commands(page)]
    # An inline piece of code is a command if it begins with a program and has something after it.
    return [
        command
        for command in dict.fromkeys(found)
        if command.is_whole or (re.match(rf"(\w+=\S+ )*({'|'.join(_OURS)}) ", command.line) and "…" not in command.line)
    ]


COMMANDS = _all()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: f"{command.page}: {command.line[:60]}")
def test_a_command_is_taken_as_written(command: Command, request: pytest.FixtureRequest) -> None:
    _take_line(command, request.config._parser)


def _environments_in_code() -> list[tuple[str, str]]:
    """Return where code names tox environments, in messages, comments and jobs, and which; not the wrong ones here."""
    folders = ("harness", "benchmarks", "tests", ".github")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".yml"}]
    return [
        (path.relative_to(ROOT).as_posix(), names)
        for path in sorted(files)
        if path != Path(__file__)
        for names in dict.fromkeys(re.findall(r"tox run -e ([\w,-]+)", text_of(path)))
    ]


@pytest.mark.parametrize(("path", "names"), _environments_in_code())
def test_an_environment_that_code_names_exists(path: str, names: str, request: pytest.FixtureRequest) -> None:
    del path
    _take_by_tox(["run", "-e", names], request.config._parser)


def test_commands_are_found_behind_prompts_within_sentences_and_with_arguments_of_tox() -> None:
    lines = {(command.page, command.is_whole) for command in COMMANDS}
    assert {("README.md", True), ("docs/commands.md", True), ("docs/results/networks.md", False)} <= lines
    assert any(command.line.startswith("tox") and " -- --" in command.line for command in COMMANDS)
    assert any(command.line.startswith("BATCHMARK_TENSORFLOW=") for command in COMMANDS)


@pytest.mark.parametrize(
    "line",
    [
        "batchmark sweeep blobs",
        "batchmark sweep blobs --batch-size 32",
        "batchmark sweep blobs --batch-sizes 32..16..8",
        "batchmark releases reprot",
        "batchmark largest blobs --memory-limit lots",
        "pytest --benchmark-only --batchmark-batch-size 32",
        "batchmark sweep blobs --turns many",
        "tox run -e benchh",
        "tox run -e bench -- --batchmark-batch-size 32",
        "tox run -e releases -- --onyl 2.21.0",
        "pip install tox && tox run -e benchh",
        "pip install '.[tensorflw]'",
        "python tests/no_such_script.py",
        "python tests/studies/live/measure_sides.py --repeatss 4",
        "benchmark --help",
    ],
)
def test_what_a_program_would_not_take_is_seen(line: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(RefusedError):
        _take_line(Command("a page", line, is_whole=True), request.config._parser)
