"""The release of this SDK and the protocol it speaks."""

__version__ = "0.1.0"

PROTOCOL = 1
"""Version of the line format; a server that speaks another one refuses the hello."""
