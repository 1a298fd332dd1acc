"""Clients of remote systems. Only this layer uses HTTP."""
