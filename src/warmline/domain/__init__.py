"""Nouns and rules: pure, typed, no await, standard library only."""
