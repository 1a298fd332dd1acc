"""Findings about settings, middleware, URLs and logging of the host."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .kinds import Kind

SETTINGS: dict[str, Kind] = {
    "E001": Kind(
        _("KLANTEN_SUBJECT_HOSTS is {value!r}."),
        _(
            "Het bepaalt wie consumers ons kunnen laten vragen: daar wordt niet geraden."
        ),
        _("Kies uit {choices}."),
    ),
    "E003": Kind(
        _("De middleware die de tokens van verzoeken leest ontbreekt."),
        _("Elk verzoek wordt geweigerd."),
        _('Voeg "{middleware}" toe aan MIDDLEWARE.'),
    ),
    "E006": Kind(
        _("De URL's van de Klanten API staan in namespace {namespace!r}."),
        _("Buiten een verzoek zijn ze dan niet te maken."),
        _(
            'Neem path("klanten/api/", include("klanten_plugin.api.urls")) op in de '
            "ROOT_URLCONF, zonder namespace; of zet KLANTEN_MOUNT."
        ),
    ),
    "E007": Kind(
        _("De URL's van de suite zelf ontbreken."),
        _("Elke fout verwijst naar een pagina daarvan: zonder die wordt ze een 500."),
        _('Neem path("ref/", include("vng_api_common.urls")) op in de ROOT_URLCONF.'),
    ),
    "E008": Kind(
        _("{setting} is geen {kind}."),
        _("Met een waarde van een andere soort werkt de instelling niet."),
        _("Geef zo'n waarde, zoals {default!r}, of haal de instelling weg."),
    ),
    "E009": Kind(
        _("KLANTEN_PUBLIC_URL is geen adres."),
        _("Alle URL's die geschreven worden beginnen ermee."),
        _("Geef een adres als https://zgw.example.nl, zonder het pad van de API."),
    ),
    "E010": Kind(
        _("USE_TZ staat uit."),
        _("Tijden zonder tijdzone zijn niet te vergelijken met die van de database."),
        _("Zet USE_TZ aan."),
    ),
    "W001": Kind(
        _("KLANTEN_SUBJECT_HOSTS is all."),
        _("Consumers kunnen met `subject` in het interne netwerk laten kijken."),
        _(
            "Zet KLANTEN_SUBJECT_HOSTS op public, en kies interne bronnen als service "
            "voor subjecten."
        ),
    ),
    "W006": Kind(
        _("De middleware van de Klanten API ontbreekt."),
        _("Antwoorden die geen view gaf, hebben geen of een verkeerde API-version."),
        _('Voeg "{middleware}" toe aan MIDDLEWARE, vooraan.'),
    ),
    "W007": Kind(
        _("De middleware van de Klanten API staat onder die van de host."),
        _("De API-version van de host komt in de plaats van die van de Klanten API."),
        _('Zet "{middleware}" vooraan in MIDDLEWARE.'),
    ),
    "W008": Kind(
        _("In REST_FRAMEWORK is {name} niet die van de suite."),
        _(
            "Andere API's in deze host geven dan andere fouten en namen. De Klanten API "
            "zelf hangt er niet van af."
        ),
        _("Begin REST_FRAMEWORK met vng_api_common.conf.api.BASE_REST_FRAMEWORK."),
    ),
    "W009": Kind(
        _("De URL's van de Klanten API zijn er niet."),
        _("Geen enkel verzoek komt aan."),
        _(
            'Neem path("klanten/api/", include("klanten_plugin.api.urls")) op in de '
            "ROOT_URLCONF, zonder namespace; of zet KLANTEN_MOUNT."
        ),
    ),
    "W010": Kind(
        _("De instelling {setting} bestaat niet."),
        _("Ze doet niets."),
        _("Verbeter de naam, of verwijder de instelling."),
    ),
    "W013": Kind(
        _("Er kunnen BSN's in de logs komen: {handler}."),
        _("Consumers zoeken op BSN, en logs worden door velen gelezen."),
        _(
            "Zet LOGGING = klanten_plugin.redaction.with_redaction(LOGGING) in de "
            "settings, en laat geen lokale variabelen zien."
        ),
    ),
    "W014": Kind(
        _("De naam {host!r} van deze host staat niet in ALLOWED_HOSTS."),
        _(
            "Workers en opdrachten schrijven URL's op die naam, en verzoeken erop worden "
            "geweigerd."
        ),
        _(
            "Zet KLANTEN_PUBLIC_URL op het adres dat consumers gebruiken, of verbeter "
            "SITE_DOMAIN."
        ),
    ),
    "W020": Kind(
        _("{file} staat niet in het manifest van de statische bestanden."),
        _("Elke pagina van de Klanten API in de admin wordt een 500."),
        _(
            "Draai `manage.py collectstatic` met klanten_plugin in INSTALLED_APPS, in "
            "een image bij het bouwen ervan."
        ),
    ),
    "W050": Kind(
        _("De host heeft geen naam: SITE_DOMAIN ontbreekt of is leeg."),
        _("Workers en opdrachten kunnen dan geen URL van een klant schrijven."),
        _(
            "Zet SITE_DOMAIN op de naam van de host, zoals zgw.example.nl, of "
            "KLANTEN_PUBLIC_URL op het adres dat consumers gebruiken."
        ),
    ),
    "W051": Kind(
        _("SITE_DOMAIN is {domain!r}: dat is geen naam van een host."),
        _("Alle URL's die workers en opdrachten schrijven zijn dan verkeerd."),
        _(
            "Schrijf alleen de naam, zoals zgw.example.nl, zonder https:// en zonder "
            "pad; of zet KLANTEN_PUBLIC_URL."
        ),
    ),
    "W055": Kind(
        _("De app {app} staat niet in INSTALLED_APPS."),
        _("Haar sjablonen ontbreken: {pages} in de admin geeft een 500."),
        _('Voeg "{app}" toe aan INSTALLED_APPS.'),
    ),
    "W052": Kind(
        _("De host heeft geen cache: de backend van `default` is {backend}."),
        _(
            "Of beat draait is dan niet te zien, en elk verzoek aan een service met "
            "OAuth 2 vraagt een nieuw token."
        ),
        _("Zet CACHES op een cache die alle processen delen, zoals Redis."),
    ),
    "W053": Kind(
        _("De cache `default` is van elk proces apart: {backend}."),
        _("Of beat draait is dan alleen te zien in het proces dat het opschreef."),
        _("Zet CACHES op een cache die alle processen delen, zoals Redis."),
    ),
    "W054": Kind(
        _("Celery doet taken meteen (task_always_eager)."),
        _(
            "Verzoeken van consumers wachten dan op het NHR en op andere API's, en "
            "krijgen hun fouten."
        ),
        _("Zet CELERY_TASK_ALWAYS_EAGER uit, en draai een worker."),
    ),
}
