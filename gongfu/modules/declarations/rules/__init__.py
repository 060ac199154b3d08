"""What may be declared, cancelled, returned and summarised, and why not: one file a subject, all pure."""
