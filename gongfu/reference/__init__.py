"""National tables by effective date, read with `table(name, on=day)` and `parameter(key, on=day)`."""
