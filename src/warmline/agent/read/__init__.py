"""Readers: a site, a folder or a file becomes `Page`s; what cannot be read becomes a `Problem` and stops nothing."""
