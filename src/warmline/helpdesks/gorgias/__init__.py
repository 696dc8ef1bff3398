"""Gorgias."""
