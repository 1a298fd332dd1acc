"""The systems that the demo host speaks with: each a program of its own, over HTTP."""
