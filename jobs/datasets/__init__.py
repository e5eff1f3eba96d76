"""Tables: where they come from, what schema they must fit, and their digest."""
