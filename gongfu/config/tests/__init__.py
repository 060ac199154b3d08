"""Tests of the commands, the database and the supervisor."""
