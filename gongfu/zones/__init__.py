"""One TOML plan per pilot zone, typed on reading."""
