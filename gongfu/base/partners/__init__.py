"""Partners (伙伴平台): other installations, the signed snapshots we publish for them, and the copies we keep of theirs (R-707)."""
