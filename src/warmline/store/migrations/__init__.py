"""Numbered SQL files, applied once each, in order. `{blob}` and `{big}` differ between SQLite and PostgreSQL."""
