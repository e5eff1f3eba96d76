"""Sets: taken, listed, verified, rotated."""
