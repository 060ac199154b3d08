"""National tables by effective date, read with `tables.table(name, on)` and `tables.parameters(on)`."""
