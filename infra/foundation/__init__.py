"""Names, labels, hardened pods, durability: what every domain builds with. Owns no resource."""
