"""Processes beside the web: Celery worker and beat, and the supervisor of the one-command portal. No business logic."""
