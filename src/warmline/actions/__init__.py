"""Verbs: one file, one public async function each; the only code that changes state."""
