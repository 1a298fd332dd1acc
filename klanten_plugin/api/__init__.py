"""The Klanten API over HTTP: validate, authorise, render. The rules are in ``domain``."""
