"""Says in a line where the pytest plugins that measure are not loaded, before pytest wonders about their options."""

import pytest

from batchmark.declared.loaded import line_on_missing


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare none."""
    if line := line_on_missing(pluginmanager):
        raise pytest.UsageError(line)
