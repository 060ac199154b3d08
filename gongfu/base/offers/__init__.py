"""Needs and offers: posted with typed facts, matched with reasons, followed to the deal."""
