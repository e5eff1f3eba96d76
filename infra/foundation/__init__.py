"""Names, labels, hardened pods, durability, the server with a volume: what every domain builds with."""
