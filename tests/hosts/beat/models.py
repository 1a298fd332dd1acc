"""The two relevant tables, with the names of the real ones."""

from __future__ import annotations

from django.db import models


class IntervalSchedule(models.Model):
    """An interval in seconds."""

    every = models.IntegerField()
    period = models.CharField(max_length=24)

    def __str__(self) -> str:
        return f"{self.every} s"


class PeriodicTask(models.Model):
    """A task that beat sends."""

    name = models.CharField(max_length=200, unique=True)
    task = models.CharField(max_length=200)
    interval = models.ForeignKey(IntervalSchedule, models.CASCADE, null=True)

    def __str__(self) -> str:
        return self.name
