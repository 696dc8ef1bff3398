"""The encoders: text → vector, in a process of their own."""
