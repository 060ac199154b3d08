"""The door for firms."""
