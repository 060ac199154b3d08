"""The sealed log, and `@action`, the only way in which rows change."""
