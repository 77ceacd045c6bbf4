"""What a declaration says where the plugin that gives it its cells is not loaded.

By ``PYTEST_DISABLE_PLUGIN_AUTOLOAD=1``, say, or ``-p no:batchmark``. Without the plugin nobody declares its fixtures
and options, and pytest's own words name neither the plugin nor what to type.
"""

from typing import NamedTuple

import pytest

__all__ = ["line_on_missing", "refuse_unless_loaded"]


class _Plugin(NamedTuple):
    project: str
    module: str


# By the names of their entry points.
_PLUGINS = {
    "batchmark": _Plugin("Batchmark", "batchmark.doors.pytest.plugin"),
    "benchmark": _Plugin("pytest-benchmark", "pytest_benchmark.plugin"),
}


def refuse_unless_loaded(config: pytest.Config, *names: str) -> bool:
    """Fail the test in a line unless plugins of these `names` are loaded; the condition of a ``skipif``: never holds.

    pytest looks at such a mark before it looks for a test's fixtures.
    """
    if line := line_on_missing(config.pluginmanager, *names):
        pytest.fail(line, pytrace=False)
    return False


def line_on_missing(plugins: pytest.PytestPluginManager, *names: str) -> str | None:
    """Return which plugins of these `names`, or of both, are not loaded and what to type, or None."""
    missing = [name for name in names or _PLUGINS if not any(map(plugins.hasplugin, (name, _PLUGINS[name].module)))]
    if not missing:
        return None
    whose = " and ".join(f"{_PLUGINS[name].project}'s" for name in missing)
    # By its module's name pytest would load it a second time where plugins load by themselves.
    load = " ".join(f"-p {name}" for name in missing)
    return f"{whose} pytest plugin is not loaded, which this measurement needs; type {load}"
