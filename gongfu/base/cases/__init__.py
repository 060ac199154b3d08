"""Cases (事项): an applicant, a flow of moves, steps sealed in a chain, deadlines in working days."""
