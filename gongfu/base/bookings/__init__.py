"""Capacity in slots: hold, confirm, release, expire; never oversold, kept by the database."""
