"""What runs in the environments of the peers of the serving benchmark: none of it imports the platform."""
