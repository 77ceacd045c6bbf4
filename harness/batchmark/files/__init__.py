"""Stored forms: what is read from files and written to them, and how a file is written whole."""
