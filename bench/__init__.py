"""Measurements and the crash harness: never part of a timed test."""
