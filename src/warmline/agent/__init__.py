"""Knowledge → draft: reads pages, splits and indexes them, finds passages, and drafts; the policy decides."""
