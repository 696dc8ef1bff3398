"""Handoffs as signed calls to an address of the shop's own."""
