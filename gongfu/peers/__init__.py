"""Programs that stand in for the other side: a single window and its enterprises, for demonstration and tests."""
