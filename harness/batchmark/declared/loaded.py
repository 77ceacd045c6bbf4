"""What a declaration says where the plugin that gives it its cells is not loaded.

By ``PYTEST_DISABLE_PLUGIN_AUTOLOAD=1``, say, or ``-p no:batchmark``. Without the plugin nobody declares its fixtures
and options, and pytest's own words name neither the plugin nor what to type.
"""

import pytest

_ENTRY_POINTS = {"batchmark": "batchmark.plugin", "benchmark": "pytest_benchmark.plugin"}
"""The plugins by the names of their entry points, and by the modules that hold them."""


def refuse_unless_loaded(config: pytest.Config) -> bool:
    """Fail the test in a line unless both plugins are loaded; the condition of a ``skipif`` that never holds.

    pytest looks at such a mark before it looks for a test's fixtures.
    """
    if line := line_on_missing(config.pluginmanager):
        pytest.fail(line, pytrace=False)
    return False


def line_on_missing(plugins: pytest.PytestPluginManager) -> str | None:
    """Return which of the plugins are missing and what to type, or None."""
    missing = [
        name for name, module in _ENTRY_POINTS.items() if not plugins.hasplugin(name) and not plugins.hasplugin(module)
    ]
    if not missing:
        return None
    which = " and ".join({"batchmark": "Batchmark's", "benchmark": "pytest-benchmark's"}[name] for name in missing)
    # By its module's name pytest would load it a second time where plugins load by themselves.
    load = " ".join(f"-p {name}" for name in missing)
    return f"{which} pytest plugin is not loaded, which this measurement needs; type {load}"
