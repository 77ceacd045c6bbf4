"""The doors: arguments in, calls out. One file a verb; pytest's and asv's doors in folders of their own."""
