"""The rules: they know the tables, but neither HTTP, DRF nor Celery."""
