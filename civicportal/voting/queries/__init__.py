"""Read side of votes."""
