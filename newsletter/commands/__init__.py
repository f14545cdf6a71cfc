"""One verb a file; the only place where pure rooms and doors meet."""
