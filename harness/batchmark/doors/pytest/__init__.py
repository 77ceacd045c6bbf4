"""pytest's door: the plugin, and the tests that it measures."""
