"""Decisions of tax, one subject a file: retail imports, what a return takes back, the life of a bill."""
