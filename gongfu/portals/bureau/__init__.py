"""The door for officers and zone offices."""
