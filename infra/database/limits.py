"""From where on somebody is told of PostgreSQL, whoever runs it."""

# Share of the connections that may be open.
CONNECTIONS = 0.8
# PostgreSQL stops writing at 2,000 million; autovacuum works against it from 200 million on.
TRANSACTION_IDS = 1_000_000_000
