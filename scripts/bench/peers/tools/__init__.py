"""The tools, each a file."""
