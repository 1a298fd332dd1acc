"""What django-celery-beat leaves in a database, for hosts in which it doesn't install."""
