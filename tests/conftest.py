"""What several areas share."""

pytest_plugins = ["pytester"]
