"""The systems that the demo host communicates with, each a separate HTTP server."""
