"""How good is the ruler itself: its overhead, what it finds, and the table of a paper that it reproduces."""
