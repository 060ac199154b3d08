"""Tests of events and schedules."""
