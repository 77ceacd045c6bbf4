"""Records to text, JSON and pictures."""
