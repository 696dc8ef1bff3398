"""Where tickets go: one folder each; copy one to add one."""
