"""Work that may be done later: jobs, batches of them, and word of how they ended."""
