"""What every module stands on; Django begins here."""
