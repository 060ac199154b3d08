"""The door for people about themselves."""
