"""The `warmline` command: one module a verb, imported only when it is used."""
