"""Accounts with reserve, commit, release and reverse; limits kept by the database."""
