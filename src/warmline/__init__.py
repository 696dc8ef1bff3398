"""Warmline: an AI customer-service agent for online shops whose heart is the handoff to a human."""

__version__ = "0.1.0"
