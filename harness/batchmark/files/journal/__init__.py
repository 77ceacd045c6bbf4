"""The journal of a sweep: its rounds in a file as they come, so that nothing measured is lost."""
