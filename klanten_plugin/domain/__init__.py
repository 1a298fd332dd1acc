"""The business rules. They use the models, but neither HTTP, DRF nor Celery."""
