"""Screens as data, the shell around them, and the look."""
