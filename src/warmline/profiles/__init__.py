"""Who is this visitor: what a CRM knows."""
