"""Tests of the exchange between installations."""
