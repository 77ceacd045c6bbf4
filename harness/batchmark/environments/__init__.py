"""Python environments made by uv from locked requirements, for workers to run in."""
