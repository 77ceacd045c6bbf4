"""The asv suite: what is tracked across releases."""
