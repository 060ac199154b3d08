"""Registers (名录): typed entries with validity, evidence and an accreditation case; a kind is a field list."""
