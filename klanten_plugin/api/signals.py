"""Signals of the API."""

from django.dispatch import Signal

web_process_started = Signal()
"""A web process is about to serve requests. Receivers must not use the database."""
