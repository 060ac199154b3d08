"""Tests of cases, with a kind that is nothing but data."""
