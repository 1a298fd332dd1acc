"""Fictitious klanten for the demo."""
