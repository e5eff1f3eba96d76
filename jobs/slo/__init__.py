"""What the platform promises and how much of it was kept."""
