"""Benchmarks declared for pytest: what ``benchmarks/`` shows, and what ``batchmark sweep`` runs from any folder."""
