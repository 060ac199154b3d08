"""End-to-end stories."""
