"""The Inbox is part of Warmline: a delivery there is a commit, so there is a guide here and no adapter."""
