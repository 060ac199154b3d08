"""三单: orders, payments and waybills as their senders hand them in."""
