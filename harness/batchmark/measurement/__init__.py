"""Measuring: the worker that trains in a process of its own, and the runner that decides whose turn it is."""
