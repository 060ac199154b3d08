"""How dates are written: the same in both languages."""
