"""A server that fails in every way, and processes to kill."""
