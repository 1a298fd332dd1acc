"""Klanten that move in or out: copies from another API, and files."""
