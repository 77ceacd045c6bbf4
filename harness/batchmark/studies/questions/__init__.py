"""What a user asks of a workload of their own: parts that are declared, and what their results answer."""
