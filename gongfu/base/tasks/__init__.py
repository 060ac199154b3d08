"""Tasks: who owes what until when, on which evidence, and who urged or prolonged it."""
