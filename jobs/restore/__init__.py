"""Sets put back: checked first, made beside what is there, compared, then swapped in."""
