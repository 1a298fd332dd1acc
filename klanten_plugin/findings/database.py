"""Findings about the database."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .kinds import Kind

DATABASE: dict[str, Kind] = {
    "E005": Kind(
        _("De database is {database}."),
        _("De tabellen van de suite, en die van de Klanten API, zijn voor PostgreSQL."),
        _("Gebruik PostgreSQL 14 of nieuwer."),
    ),
    "W011": Kind(
        _("Migraties van de Klanten API die nog niet gedaan zijn: {count}."),
        _("De code verwacht tabellen en kolommen die er niet zijn."),
        _("Draai `manage.py migrate`."),
    ),
    "W017": Kind(
        _("In de database: {faults}."),
        _("Aantallen en ETags kunnen daardoor verkeerd zijn, en zoeken traag."),
        _("Draai `manage.py klanten_database --mend`."),
    ),
    "W019": Kind(
        _("Tabellen ontbreken in de database: {tables}."),
        _("Wat erin stond is weg, en elk verzoek dat ze nodig heeft mislukt."),
        _("Zet een back-up terug. Migreren maakt ze niet opnieuw."),
    ),
    "W030": Kind(
        _(
            "Een DATABASE_ROUTERS leest klanten uit `{read}`, ook bij een wijziging, en "
            "schrijft ze in `{write}`."
        ),
        _("Een wijziging kan dan uitgaan van een klant zoals die eerder was."),
        _(
            "Gebruik klanten_plugin.contrib.replica, die alleen bij GET en HEAD uit een "
            "replica leest."
        ),
    ),
    "W031": Kind(
        _("De replica `{alias}` {problem}."),
        _("Verzoeken die eruit lezen kunnen mislukken."),
        _(
            "Voeg de replica toe aan DATABASES met CONN_HEALTH_CHECKS aan, of maak "
            "KLANTEN_REPLICA leeg."
        ),
    ),
}
