"""Push to open browsers. Live is a hint; the store is the truth."""
