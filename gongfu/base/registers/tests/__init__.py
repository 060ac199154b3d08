"""Tests of registers, with a kind that is nothing but data."""
