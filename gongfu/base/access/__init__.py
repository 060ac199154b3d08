"""People, roles, machine clients, and the Actor that every action and query is given."""
