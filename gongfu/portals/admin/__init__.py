"""The door for the three administrators: system, security and audit."""
