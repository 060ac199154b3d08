"""One package per line of business, all shaped alike (docs/map.md)."""
