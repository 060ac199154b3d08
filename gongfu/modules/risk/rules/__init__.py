"""What risk decides, from rows that it is given: no database, no clock."""
