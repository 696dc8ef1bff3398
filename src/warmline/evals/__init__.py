"""Measuring the agent on question sets (the format: one folder with `knowledge.jsonl` and `questions.jsonl`)."""
