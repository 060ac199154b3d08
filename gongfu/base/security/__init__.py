"""Security at work: the controls, incidents against their clocks, privacy assessments, and what a person sees and asks of his data."""
