"""Webhooks: signed notices to firms' own systems, sent by a process of their own, kept and resent until they arrive."""
