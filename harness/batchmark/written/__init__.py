"""The grammars of what a user types."""
