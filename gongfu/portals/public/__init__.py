"""The door for everyone: home, errors, sign-in."""
