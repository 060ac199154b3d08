"""Risk: the whitelist and its 24-hour clock, and the daily reconciliation with the single window, tax bills and partners' statements."""
