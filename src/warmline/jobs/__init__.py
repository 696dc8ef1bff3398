"""Claims owed work and calls actions."""
