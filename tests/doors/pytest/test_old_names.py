"""Names of before the prefix: one line that says the new one, and nothing in the way of whoever else has them."""

import pytest

_OLD = {
    "--workload=blobs": "--batchmark-workload",
    "--batch-sizes=16": "--batchmark-batch-sizes",
    "--loop=fit": "--batchmark-loop",
    "--turns=3": "--batchmark-turns",
    "--budget=3": "--batchmark-budget",
    "--first-epoch-limit=3": "--batchmark-first-epoch-limit",
    "--memory": "--batchmark-memory",
    "--sweep-seed=3": "--batchmark-seed",
    "--learning-rate=same": "--batchmark-learning-rate",
    "--seeds=3": "--batchmark-seeds",
    "--max-seeds=3": "--batchmark-max-seeds",
}


@pytest.mark.parametrize("given", _OLD)
def test_an_options_old_name_is_one_line_with_the_new_one(project: pytest.Pytester, given: str) -> None:
    result = project.runpytest("--benchmark-only", given, "speed")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.errlines if line]
    old = given.partition("=")[0]
    assert line == f"ERROR: unrecognized arguments: {old}; if Batchmark's are meant: {old} is {_OLD[given]} now"
    assert not result.outlines


def test_several_are_told_at_once_with_what_nobody_knows_and_their_values_apart(project: pytest.Pytester) -> None:
    result = project.runpytest("--turns", "3", "--nix", "--turns=4", "--memory", "speed")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    now = "--turns is --batchmark-turns, --memory is --batchmark-memory now"
    result.stderr.fnmatch_lines([f"ERROR: unrecognized arguments: --turns --nix --turns --memory;* {now}"])


def test_an_unknown_option_alone_is_pytests_business(project: pytest.Pytester) -> None:
    result = project.runpytest("--bach-sizes=3", "speed")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*error: unrecognized arguments: --bach-sizes=3"])
    assert "Batchmark" not in result.stderr.str()


@pytest.mark.parametrize(
    ("source", "arguments"),
    [
        ("[pytest]\naddopts = --turns=3\n", ()),
        ("[pytest]\n", ("-k", "x", "--turns", "3")),
        ("[pytest]\n", ("--turns",)),
    ],
)
def test_wherever_it_stands(pytester: pytest.Pytester, source: str, arguments: tuple[str, ...]) -> None:
    pytester.makeini(source)
    result = pytester.runpytest(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--turns is --batchmark-turns now"])


@pytest.mark.parametrize("arguments", [("-k", "--memory"), ("--deselect", "--seeds"), ("-m", "--turns or --loop")])
def test_the_value_of_another_option_is_no_option(pytester: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest(f"{arguments[0]}={arguments[1]}")
    assert "Batchmark" not in result.stderr.str()


def test_help_is_given_whatever_stands_beside_it(pytester: pytest.Pytester) -> None:
    assert pytester.runpytest("--turns", "3", "--help").ret == 0


def test_a_name_that_a_plugin_of_the_suite_declares_is_that_plugins(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(theirs="def pytest_addoption(parser): parser.addoption('--turns', type=int)")
    pytester.makepyfile(test_it="def test_it(request): assert request.config.option.turns == 3")
    pytester.syspathinsert()
    pytester.runpytest("-p", "theirs", "--turns", "3", "test_it.py").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("declaration", "hint"),
    [
        ("benchmark, sweep, workload, batch_size, loop", "Batchmark's fixture 'sweep' is called 'batchmark_sweep' now"),
        (
            "quality_study, workload, batch_size",
            "Batchmark's fixture 'quality_study' is called 'batchmark_quality_study' now",
        ),
    ],
)
def test_a_fixtures_old_name_is_followed_by_the_new_one(pytester: pytest.Pytester, declaration: str, hint: str) -> None:
    pytester.makepyfile(f"def test_it({declaration}): pass")
    result = pytester.runpytest("-p", "no:randomly")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture '*' not found", "*- Batchmark -*", hint])


def test_a_fixture_of_that_name_that_fails_by_itself_gets_no_hint(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture
        def sweep():
            raise KeyError("sweep")

        @pytest.fixture
        def other(swept): pass

        def test_it(sweep): pass
        def test_other(other): pass
        """
    )
    result = pytester.runpytest("-p", "no:randomly")
    result.assert_outcomes(errors=2)
    assert "Batchmark" not in result.stdout.str()


@pytest.mark.parametrize("taken", ["", ", workload, batch_size, loop", ", batchmark_workload, batchmark_loop"])
def test_a_benchmark_that_does_not_take_its_cell_is_told_what_to_take(pytester: pytest.Pytester, taken: str) -> None:
    pytester.makepyfile(f"def test_mine(benchmark, batchmark_sweep{taken}): pass")
    result = pytester.runpytest("-p", "no:randomly")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["test_mine asks for batchmark_sweep; it has to take *batchmark_batch_size* too"])
    assert "Traceback" not in result.stdout.str()
