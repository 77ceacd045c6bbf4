"""A user's question each: a plan is measured, and what was measured becomes an answer."""
