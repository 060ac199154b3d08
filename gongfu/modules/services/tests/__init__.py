"""Tests of providers, entrustments, ratings and the agency disclosure list."""
