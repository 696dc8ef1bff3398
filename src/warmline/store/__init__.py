"""SQL: one sync code path for SQLite and PostgreSQL. A write is a plain function that may not await."""
