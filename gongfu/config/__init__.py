"""Puts the house together: settings, URLs, workers, command line, supervisor."""
