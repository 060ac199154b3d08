"""报文接入与回执: messages accepted once, decoded, answered, passed on, and never lost."""
