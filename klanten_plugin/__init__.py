"""The Klanten API 1.0.0 as an installable app for a ZGW suite."""

__version__ = "1.0.0"
