"""What controller and worker say to each other: requests and their answers, a line of JSON each.

The standard library alone: the worker's environment may hold nothing else (decision 7).
"""
