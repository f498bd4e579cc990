"""Callbacks and loggers for training libraries, one module each; none is imported before it is asked for."""
