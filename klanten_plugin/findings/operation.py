"""Findings about beat, services, sources and certificates."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .kinds import Kind

OPERATION: dict[str, Kind] = {
    "W002": Kind(
        _("Beat kijkt niet naar de outbox."),
        _("Berichten die de broker niet bereiken, blijven liggen."),
        _(
            "Voeg klanten_plugin.schedule.beat_schedule() toe aan CELERY_BEAT_SCHEDULE, "
            "of draai regelmatig `manage.py klanten_outbox run`."
        ),
    ),
    "W003": Kind(
        _("Er is geen Notificaties API ingesteld."),
        _("Notificaties wachten in de outbox tot die er is."),
        _(
            "Kies een service in de notificatiesconfiguratie, of zet "
            "NOTIFICATIONS_DISABLED aan."
        ),
    ),
    "W004": Kind(
        _("Er is niets om aanvragen aan KVK mee te tellen."),
        _("Daarom wordt er niets opgevraagd."),
        _("Zet KLANTEN_NHR_LIMITER_URL op een Redis die alle workers delen."),
    ),
    "W005": Kind(
        _(
            "Beat zoekt niet naar klanten waarvan de contactgegevens opnieuw opgevraagd "
            "moeten worden."
        ),
        _("Gegevens uit het NHR verouderen dan."),
        _(
            "Voeg klanten_plugin.schedule.beat_schedule() toe aan CELERY_BEAT_SCHEDULE, "
            "of draai regelmatig `manage.py klanten_nhr_refresh --due`."
        ),
    ),
    "W012": Kind(
        _("De service {service} heeft geen (volledige) inloggegevens."),
        _("Elk verzoek eraan wordt geweigerd."),
        _("Vul ze in bij de service, of zet de authenticatie ervan uit."),
    ),
    "W018": Kind(
        _(
            "De service {service} is voor subjecten gekozen, en dient het NHR of notificaties."
        ),
        _("Er wordt nooit een subject met haar inloggegevens opgevraagd."),
        _("Haal hem in de configuratie van de Klanten API weg bij de subjecten."),
    ),
    "W021": Kind(
        _("Beat werkt de bitmaps van veelgedeelde waarden niet bij."),
        _(
            "Na 2000 wijzigingen worden ze niet gebruikt: filters op zulke waarden "
            "tellen dan alle klanten, tot de taak outbox_clean langskomt."
        ),
        _(
            "Voeg de taak klanten_plugin.klanten_index toe aan het schema van beat: "
            "klanten_plugin.schedule.beat_schedule() heeft hem."
        ),
    ),
    "W040": Kind(
        _(
            "Voor KVK Dataservice ontbreekt {missing}: installeer "
            "klanten-plugin[dataservice]."
        ),
        _("Er wordt niets bij die bron opgevraagd."),
        _(
            "Draai `pip install 'klanten-plugin[dataservice]'` in de omgeving van de "
            "webserver en de workers."
        ),
    ),
    "W041": Kind(
        "{problem}",
        _("Berichten aan KVK Dataservice kunnen dan niet ondertekend worden."),
        _(
            "Kies bij de service een clientcertificaat met private sleutel: zie "
            "docs/nhr.md."
        ),
    ),
    "W042": Kind(
        "{ending}",
        _("Daarna weigert de andere kant de verbinding."),
        _(
            "Vraag op tijd een nieuw certificaat aan, en zet het bij de service in de "
            "admin."
        ),
    ),
}
