"""Findings that only the doctor can detect, by testing."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .kinds import Kind

DOCTOR: dict[str, Kind] = {
    "D001": Kind(
        _("niet bereikbaar ({error})"),
        _("Zonder database werkt er niets."),
        _("Controleer DATABASES, en of de server draait."),
    ),
    "D002": Kind(
        _("PostgreSQL {version} is te oud"),
        _("De Klanten API is getest met 14 en nieuwer."),
        _("Gebruik PostgreSQL 14 of nieuwer."),
    ),
    "D003": Kind(
        _("nog te doen: {count}, waarvan {ours} van de Klanten API"),
        _("De code verwacht tabellen en kolommen die er niet zijn."),
        _("Draai `manage.py migrate`."),
    ),
    "D004": Kind(
        _("geen enkele heeft toegang"),
        _("Elk verzoek wordt geweigerd."),
        _("Geef er een scopes op component kc, met klanten_setup."),
    ),
    "D005": Kind(
        _("niet bereikbaar ({error})"),
        _("Tot dan wacht alles in de outbox; er gaat niets verloren."),
        _("Controleer CELERY_BROKER_URL, en of de broker draait."),
    ),
    "D006": Kind(
        _("geen enkele antwoordt"),
        _("Wat in de outbox staat wacht tot er een is."),
        _("Start er een: `celery -A <app van de host> worker`."),
    ),
    "D007": Kind(
        _("{count}, maar geen met de taken van de Klanten API"),
        _("Deze workers kennen de taken niet, en laten ze vallen."),
        _("Start de workers opnieuw, met dezelfde settings als de webserver."),
    ),
    "D008": Kind(
        _("taken gaan naar een wachtrij die geen worker leest: {queues}"),
        _("Wat daar ligt wordt nooit gedaan: {tasks}."),
        _(
            "Laat een worker die wachtrij lezen (`celery worker -Q {queues}`), of "
            "verbeter CELERY_TASK_ROUTES en CELERY_TASK_DEFAULT_QUEUE."
        ),
    ),
    "D009": Kind(
        _("niets van gezien; alleen te zien met een cache die processen delen"),
        _("Zonder beat blijft liggen waarvan het bericht de broker niet bereikte."),
        _(
            "Start een: `celery -A <app van de host> beat`; of draai `klanten_outbox run`."
        ),
    ),
    "D010": Kind(
        _("{minutes:.0f} minuten geleden"),
        _("Zonder beat blijft liggen waarvan het bericht de broker niet bereikte."),
        _(
            "Start een: `celery -A <app van de host> beat`; of draai `klanten_outbox run`."
        ),
    ),
    "D011": Kind(
        _("{open} te doen, {given_up} opgegeven"),
        _("Wat opgegeven is wordt niet meer vanzelf geprobeerd."),
        _("Kijk in de admin, of met `klanten_outbox list --state given_up`."),
    ),
    "D012": Kind(
        _("{open} te doen, de oudste al {hours:.0f} uur"),
        _("Er wordt te weinig of niets afgewerkt."),
        _("Kijk of de workers draaien, en wat er bij `workers` en `broker` staat."),
    ),
    "D013": Kind(
        _("{service} kent kanaal {kanaal} niet"),
        _("Notificaties worden geweigerd."),
        _("Draai `manage.py register_kanalen`."),
    ),
    "D014": Kind(
        _("het abonnement ontbreekt of is verouderd"),
        _("Veranderde rollen worden pas gezien als de lijst opnieuw gelezen wordt."),
        _("Draai `manage.py klanten_abonnement register`."),
    ),
    "D015": Kind(
        _("{service}: notificaties onder onbekende adressen: {roots}"),
        _("Wat ze melden wordt niet bekeken."),
        _("Zet ze bij de andere API-roots van de bron als ze van deze service zijn."),
    ),
    "D016": Kind(
        _("{service}: relaties verwijderen mag niet"),
        _("Het beleid is dat relaties van verwijderde klanten verwijderd worden."),
        _(
            "Geef deze applicatie daar de scope {soort}.verwijderen, of kies het beleid "
            "om relaties te laten."
        ),
    ),
    "D017": Kind(
        _("antwoordt niet"),
        _("Aanvragen aan KVK zijn niet te tellen: er wordt niets opgevraagd."),
        _("Kijk of Redis draait, en of KLANTEN_NHR_LIMITER_URL klopt."),
    ),
    "D018": Kind(
        _("antwoordt niet sinds {since}: {error}"),
        _("Wat aan de beurt is wacht."),
        _(
            "Verhelp de oorzaak, en bewaar de configuratie in de admin: dan wordt het "
            "weer geprobeerd."
        ),
    ),
    "D019": Kind(
        _("actieve abonnementen: {count}, en geen daarvan is gekozen"),
        _("Signalen van KVK worden niet gelezen."),
        _("Kies er een in de configuratie van de Klanten API."),
    ),
    "D020": Kind(
        "{error}",
        _("De andere kant weigert ons."),
        _(
            "Verbeter client-ID, secret, sleutel of scopes van de service, in de admin "
            "of met klanten_setup; en kijk of de andere kant deze applicatie kent."
        ),
    ),
    "D021": Kind(
        "{error}",
        _("De andere kant antwoordt nu niet."),
        _("Kijk of de andere kant draait, en vanaf deze machine te bereiken is."),
    ),
    "D022": Kind(
        "{error}",
        _("Op dit adres antwoordt iets anders dan deze API."),
        _("Controleer de API-root van de service, en de logs van de andere kant."),
    ),
    "D023": Kind(
        "{error}",
        _("Zo kan er niets gevraagd worden."),
        _("Verbeter de service in de admin of met klanten_setup."),
    ),
    "D024": Kind(
        _("de database weigerde ({error})"),
        _("Dit deel kon niet bekeken worden."),
        _("Draai `manage.py klanten_database`, en kijk in het logboek van PostgreSQL."),
    ),
    "D026": Kind(
        _("{error} in {at}"),
        _("Een ander onderdeel van de host faalde, of is niet goed ingesteld."),
        _("Controleer de instellingen en de logs van dat onderdeel."),
    ),
    "D025": Kind(
        _("onverwacht: {error} in {at}"),
        _("Dit is een fout in de Klanten API zelf."),
        _("Meld dit bij de makers, met de logs van deze opdracht."),
    ),
}
