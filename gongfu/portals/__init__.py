"""One package per audience: its pages, its order of sections, its home."""
