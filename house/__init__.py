"""The house about itself: import contracts, and tests of its own rules."""
