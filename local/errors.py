"""What can go wrong on the machine, said so that the reader knows what to change."""


class LocalError(Exception):
    """Something on this machine is not as the platform needs it; the message says what to change."""
