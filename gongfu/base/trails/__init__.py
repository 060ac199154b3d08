"""Trails: the append-only, chained history of one thing, such as a parcel, a lot or a transaction."""
