"""Care of PostgreSQL: what is large, what is not used, who is connected; vacuum and analyze."""
