"""The console: pages for the merchant's team. HTML first; scripts only make it quicker."""
