"""Notices (站内信): what a person should know, kept until read."""
