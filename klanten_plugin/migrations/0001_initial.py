from pathlib import Path

import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import klanten_plugin.models.bits
import klanten_plugin.models.validators
import uuid
from django.db import migrations, models


# Of this migration alone: what it did must not change with the code. See docs/upgrading.md.
SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        # the column that the statistics of the audit trail are of
        ('audittrails', '0018_auto_20221212_0745'),
        ('zgw_consumers', '0012_auto_20210104_1039'),
    ]

    operations = [
        migrations.CreateModel(
            name='NhrSignalen',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('abonnement', models.CharField(max_length=100, unique=True, verbose_name='abonnement')),
                ('gelezen_tot', models.DateTimeField(verbose_name='gelezen tot')),
            ],
            options={
                'verbose_name': 'gelezen signalen van KVK',
                'verbose_name_plural': 'gelezen signalen van KVK',
            },
        ),
        migrations.CreateModel(
            name='NhrVerbruik',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('maand', models.DateField(help_text='De eerste dag ervan, in Nederland.', unique=True, verbose_name='maand')),
                ('aanvragen', models.PositiveIntegerField(default=0, verbose_name='aanvragen')),
                ('betaald', models.PositiveIntegerField(default=0, help_text='Zoeken en de Mutatieservice kosten niets per aanvraag.', verbose_name='waarvan betaald')),
                ('dag', models.DateField(editable=False, null=True, verbose_name='laatste dag')),
                ('dag_betaald', models.PositiveIntegerField(default=0, editable=False)),
                ('dag_ververst', models.PositiveIntegerField(default=0, editable=False)),
                ('ververst', models.PositiveIntegerField(default=0, help_text='Betaald voor wat al bekend was, of in het groot werd ingelezen.', verbose_name='waarvan verversing')),
            ],
            options={
                'verbose_name': 'verbruik bij KVK',
                'verbose_name_plural': 'verbruik bij KVK',
                'ordering': ['-maand'],
            },
        ),
        migrations.CreateModel(
            name='ReceivedNotification',
            fields=[
                ('object_digest', models.CharField(db_column='vingerafdruk', max_length=64, primary_key=True, serialize=False)),
                ('fingerprints', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), size=None)),
                ('received_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
            ],
            options={
                'db_table': 'klanten_plugin_ontvangenmelding',
                'verbose_name': 'ontvangen notificatie',
                'verbose_name_plural': 'ontvangen notificaties',
            },
        ),
        migrations.CreateModel(
            name='Klant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, help_text='Unieke identificatie van de klant (UUID4).', unique=True)),
                ('bronorganisatie', models.CharField(help_text='Het RSIN van de organisatie die de klant heeft aangemaakt: 9 cijfers die voldoen aan de 11-proef.', max_length=9, validators=[klanten_plugin.models.validators.valid_rsin], verbose_name='bronorganisatie')),
                ('klantnummer', models.CharField(help_text='De unieke identificatie van de klant binnen de bronorganisatie. Wordt gegenereerd als het bij het aanmaken niet meegestuurd wordt.', max_length=8, verbose_name='klantnummer')),
                ('bedrijfsnaam', models.CharField(blank=True, help_text='De bedrijfsnaam van de klant.', max_length=200, verbose_name='bedrijfsnaam')),
                ('functie', models.CharField(blank=True, help_text='De functie van de klant.', max_length=200, verbose_name='functie')),
                ('website_url', models.URLField(help_text='Het adres waarop de klant in de regel op internet te vinden is.', max_length=1000, verbose_name='website-URL')),
                ('voornaam', models.CharField(blank=True, help_text='De voornaam, voorletters of roepnaam van de klant.', max_length=200, verbose_name='voornaam')),
                ('voorvoegsel_achternaam', models.CharField(blank=True, help_text='Het voorvoegsel van de achternaam van de klant.', max_length=10, verbose_name='voorvoegsel achternaam')),
                ('achternaam', models.CharField(blank=True, help_text='De achternaam van de klant.', max_length=200, verbose_name='achternaam')),
                ('telefoonnummer', models.CharField(blank=True, help_text='Het mobiele of vaste telefoonnummer van de klant.', max_length=20, verbose_name='telefoonnummer')),
                ('emailadres', models.EmailField(blank=True, help_text='Het e-mailadres van de klant.', max_length=254, verbose_name='e-mailadres')),
                ('subject', models.URLField(blank=True, help_text='URL-referentie naar een subject.', max_length=1000, verbose_name='subject')),
                ('subject_type', models.CharField(blank=True, choices=[('natuurlijk_persoon', 'Natuurlijk persoon'), ('niet_natuurlijk_persoon', 'Niet-natuurlijk persoon'), ('vestiging', 'Vestiging')], help_text='Type van het `subject`.', max_length=23, verbose_name='type subject')),
                ('etag', models.CharField(default='', editable=False, help_text='Hash van de weergave van de klant. Begint met een uitroepteken zolang hij na een wijziging nog niet berekend is; zie domain/etags.py.', max_length=64)),
            ],
            options={
                'verbose_name': 'klant',
                'verbose_name_plural': 'klanten',
                'permissions': [('view_bsn', "Mag BSN's volledig zien"), ('make_access_report', 'Mag een inzageverzoek beantwoorden'), ('merge_klanten', 'Mag klanten samenvoegen')],
                'indexes': [models.Index(fields=['bronorganisatie', 'id'], name='klanten_klant_bronorganisatie'), models.Index(fields=['klantnummer'], name='klanten_klant_klantnummer'), models.Index(fields=['bedrijfsnaam'], name='klanten_klant_bedrijfsnaam'), models.Index(fields=['functie', 'id'], name='klanten_klant_functie'), models.Index(fields=['achternaam'], name='klanten_klant_achternaam'), models.Index(fields=['telefoonnummer'], name='klanten_klant_telefoonnummer'), models.Index(fields=['emailadres'], name='klanten_klant_emailadres'), django.contrib.postgres.indexes.HashIndex(condition=models.Q(('subject__gt', '')), fields=['subject'], name='klanten_klant_subject'), models.Index(fields=['subject_type', 'id'], name='klanten_klant_subject_type')],
                'constraints': [models.UniqueConstraint(fields=('bronorganisatie', 'klantnummer'), name='klanten_plugin_klant_uniek'), models.CheckConstraint(condition=models.Q(('bronorganisatie__regex', '^[0-9]{9}$')), name='klanten_plugin_klant_bronorganisatie'), models.CheckConstraint(condition=models.Q(('klantnummer', ''), _negated=True), name='klanten_plugin_klant_klantnummer'), models.CheckConstraint(condition=models.Q(('subject_type__in', ['', 'natuurlijk_persoon', 'niet_natuurlijk_persoon', 'vestiging'])), name='klanten_plugin_klant_subject_type')],
            },
        ),
        migrations.CreateModel(
            name='KlantenConfig',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('nhr_abonnement', models.CharField(blank=True, help_text='De id van het abonnement; leeg: het enige dat actief is.', max_length=100, verbose_name='abonnement')),
                ('nhr_vertegenwoordiger', models.BooleanField(default=False, help_text='Neem naam en functie over van de eigenaar van een eenmanszaak, of van de enige functionaris die alleen mag handelen. Alleen KVK Dataservice heeft ze; bij een vestiging kost het een tweede aanvraag.', verbose_name='vertegenwoordiger overnemen')),
                ('rollen_aliassen', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=500, validators=[klanten_plugin.models.validators.valid_api_root]), blank=True, default=list, help_text="Adressen, tot en met het versienummer, waaronder anderen deze Klanten API kennen, zoals dat via NLX; gescheiden door komma's. Het eigen adres hoort er vanzelf bij.", size=None, verbose_name='andere adressen van deze Klanten API')),
                ('rollen_beleid', models.CharField(choices=[('keep', 'Laat ze bij hun eigenaar'), ('remove', 'Verwijder ze bij de service')], default='keep', max_length=8, verbose_name='rollen van een verwijderde klant')),
                ('abonnement_url', models.CharField(blank=True, editable=False, max_length=1000, verbose_name='abonnement')),
                ('abonnement_kanalen', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=50), default=list, editable=False, size=None)),
                ('abonnement_client_id', models.CharField(default='', editable=False, max_length=100)),
                ('abonnement_secret', models.CharField(default='', editable=False, max_length=255)),
                ('abonnement_new_secret', models.CharField(default='', editable=False, max_length=255)),
                ('contactmomenten_services', models.ManyToManyField(blank=True, related_name='+', to='zgw_consumers.service', verbose_name="Contactmomenten API's")),
                ('nhr_mutatieservice', models.ForeignKey(blank=True, help_text='De service met de signalen van KVK; leeg: er wordt niet gekeken.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='zgw_consumers.service', verbose_name='KVK Mutatieservice')),
                ('subject_services', models.ManyToManyField(blank=True, help_text='De services waaronder een subject met inloggegevens wordt opgevraagd. Elk ander subject wordt zonder inloggegevens opgevraagd. Nooit een service van het NHR of van notificaties.', related_name='+', to='zgw_consumers.service', verbose_name='services voor subjecten')),
                ('verzoeken_services', models.ManyToManyField(blank=True, related_name='+', to='zgw_consumers.service', verbose_name="Verzoeken API's")),
            ],
            options={
                'verbose_name': 'configuratie Klanten API',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='StatusPage',
            fields=[
            ],
            options={
                'verbose_name': 'stand van zaken',
                'verbose_name_plural': 'stand van zaken',
                'proxy': True,
                'default_permissions': ('view',),
                'indexes': [],
                'constraints': [],
            },
            bases=('klanten_plugin.klantenconfig',),
        ),
        migrations.CreateModel(
            name='NatuurlijkPersoon',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('inp_bsn', models.CharField(blank=True, help_text='Het burgerservicenummer van de persoon.', max_length=9, validators=[klanten_plugin.models.validators.valid_bsn], verbose_name='BSN')),
                ('anp_identificatie', models.CharField(blank=True, help_text='Het door de gemeente uitgegeven nummer van een ander natuurlijk persoon.', max_length=17, verbose_name='identificatie ander natuurlijk persoon')),
                ('inp_a_nummer', models.CharField(blank=True, help_text='Het administratienummer van de persoon in de BRP.', max_length=10, validators=[django.core.validators.RegexValidator(code='a-nummer-incorrect-format', message='Voer een geldig A-nummer in: tien cijfers, niet beginnend met 0', regex='^[1-9][0-9]{9}$')], verbose_name='A-nummer')),
                ('geslachtsnaam', models.CharField(blank=True, help_text='De stam van de geslachtsnaam.', max_length=200, verbose_name='geslachtsnaam')),
                ('voorvoegsel_geslachtsnaam', models.CharField(blank=True, max_length=80, verbose_name='voorvoegsel geslachtsnaam')),
                ('voorletters', models.CharField(blank=True, help_text='De eerste letters van de voornamen, in hun volgorde.', max_length=20, verbose_name='voorletters')),
                ('voornamen', models.CharField(blank=True, help_text='De voornamen die de persoon wil voeren.', max_length=200, verbose_name='voornamen')),
                ('geslachtsaanduiding', models.CharField(blank=True, choices=[('m', 'Man'), ('v', 'Vrouw'), ('o', 'Onbekend')], help_text='Of de persoon een man of een vrouw is, of dat het onbekend is.', max_length=1, verbose_name='geslachtsaanduiding')),
                ('geboortedatum', models.CharField(blank=True, max_length=18, verbose_name='geboortedatum')),
                ('klant', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='subject_natuurlijk_persoon', to='klanten_plugin.klant')),
            ],
            options={
                'verbose_name': 'natuurlijk persoon',
                'verbose_name_plural': 'natuurlijke personen',
            },
        ),
        migrations.CreateModel(
            name='NhrBron',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(db_column='volgorde', default=0, help_text='De laagste wordt het meest vertrouwd.', verbose_name='volgorde')),
                ('soort', models.CharField(choices=[('kvk', 'KVK: Vestigingsprofiel, Basisprofiel en Zoeken'), ('dataservice', 'KVK Dataservice'), ('haal_centraal', 'Haal Centraal HR-bevragen'), ('eigen', 'Eigen klasse')], max_length=20, verbose_name='soort')),
                ('class_path', models.CharField(blank=True, db_column='klasse', help_text='Alleen bij een eigen klasse: het pad, zoals pakket.module.Klasse.', max_length=200, verbose_name='klasse')),
                ('active', models.BooleanField(db_column='actief', default=True, verbose_name='actief')),
                ('config', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bronnen', to='klanten_plugin.klantenconfig')),
                ('service', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='zgw_consumers.service', verbose_name='service')),
                ('failing_since', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='mislukt sinds')),
                ('failures', models.PositiveIntegerField(default=0, editable=False, verbose_name='mislukt achtereen')),
                ('last_error', models.CharField(blank=True, editable=False, max_length=500, verbose_name='laatste fout')),
                ('paused_until', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='wacht tot')),
                ('stopped_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='gestopt op')),
            ],
            options={
                'verbose_name': 'bron van contactgegevens',
                'verbose_name_plural': 'bronnen van contactgegevens',
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='NhrState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('soort', models.CharField(choices=[('vestiging', 'Vestigingsnummer'), ('rechtspersoon', 'RSIN'), ('onderneming', 'KVK-nummer')], max_length=16, verbose_name='soort nummer')),
                ('nummer', models.CharField(max_length=12, verbose_name='nummer')),
                ('kvk_nummer', models.CharField(blank=True, max_length=8, verbose_name='KVK-nummer')),
                ('provenance', models.JSONField(blank=True, db_column='herkomst', default=dict, help_text='Per veld wat het NHR het laatst gaf, welke bron en wanneer, en of een ander het daarna overschreef.', verbose_name='herkomst')),
                ('remarks', models.JSONField(blank=True, db_column='opmerkingen', default=list, help_text='Wat niet overgenomen kon worden, en waarom.', verbose_name='niet overgenomen')),
                ('outcome', models.CharField(choices=[('nieuw', 'Nog niet opgevraagd'), ('actueel', 'Actueel'), ('deels', 'Deels: een bron antwoordde niet'), ('storing', 'Geen bron antwoordt'), ('uitgeschreven', 'Uitgeschreven'), ('onbekend', 'Niet leverbaar'), ('fout', 'Fout'), ('geen_nummer', 'Nummer niet op te zoeken')], db_column='uitkomst', default='nieuw', max_length=16, verbose_name='uitkomst')),
                ('due_at', models.DateTimeField(blank=True, default=django.utils.timezone.now, help_text='Leeg: het nummer is niet (meer) een dat het register kent.', null=True, verbose_name='volgende keer')),
                ('checked_at', models.DateTimeField(blank=True, null=True, verbose_name='opgevraagd')),
                ('changed_at', models.DateTimeField(blank=True, null=True, verbose_name='gewijzigd')),
                ('klant', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='nhr_state', to='klanten_plugin.klant')),
                ('answers', models.JSONField(blank=True, default=dict, editable=False, help_text='Per bron wat die het laatst antwoordde, en wanneer het opnieuw mag.', verbose_name='antwoorden')),
                ('signal_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='laatste signaal van KVK')),
                ('turn', models.PositiveSmallIntegerField(choices=[(0, 'KVK signaleerde een wijziging'), (1, 'Nog niet opgevraagd'), (2, 'De termijn is om')], default=1, verbose_name='aan de beurt omdat')),
                ('gone', models.BooleanField(default=False, help_text='Of de klant een waarde heeft of had die het NHR niet meer geeft.', verbose_name='niet meer in het NHR')),
            ],
            options={
                'db_table': 'klanten_plugin_nhrstand',
                'verbose_name': 'NHR-gegevens van een klant',
                'verbose_name_plural': 'NHR-gegevens van klanten',
            },
        ),
        migrations.CreateModel(
            name='NietNatuurlijkPersoon',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('inn_nnp_id', models.CharField(blank=True, help_text='Het door een kamer toegekende nummer van de ingeschreven niet-natuurlijk persoon.', max_length=9, validators=[klanten_plugin.models.validators.valid_nnp_id], verbose_name='RSIN')),
                ('ann_identificatie', models.CharField(blank=True, help_text='Het door de gemeente uitgegeven nummer van een ander niet-natuurlijk persoon.', max_length=17, verbose_name='identificatie ander niet-natuurlijk persoon')),
                ('statutaire_naam', models.CharField(blank=True, help_text='De naam volgens de statuten of de vennootschapsovereenkomst.', max_length=500, verbose_name='statutaire naam')),
                ('inn_rechtsvorm', models.CharField(blank=True, choices=[('besloten_vennootschap', 'Besloten Vennootschap'), ('cooperatie_europees_economische_samenwerking', 'Coöperatie, Europees Economische Samenwerking'), ('europese_cooperatieve_venootschap', 'Europese Coöperatieve Vennootschap'), ('europese_naamloze_vennootschap', 'Europese Naamloze Vennootschap'), ('kerkelijke_organisatie', 'Kerkelijke Organisatie'), ('naamloze_vennootschap', 'Naamloze Vennootschap'), ('onderlinge_waarborg_maatschappij', 'Onderlinge Waarborg Maatschappij'), ('overig_privaatrechtelijke_rechtspersoon', 'Overig privaatrechtelijke rechtspersoon'), ('stichting', 'Stichting'), ('vereniging', 'Vereniging'), ('vereniging_van_eigenaars', 'Vereniging van Eigenaars'), ('publiekrechtelijke_rechtspersoon', 'Publiekrechtelijke Rechtspersoon'), ('vennootschap_onder_firma', 'Vennootschap onder Firma'), ('maatschap', 'Maatschap'), ('rederij', 'Rederij'), ('commanditaire_vennootschap', 'Commanditaire vennootschap'), ('kapitaalvennootschap_binnen_eer', 'Kapitaalvennootschap binnen EER'), ('overige_buitenlandse_rechtspersoon_vennootschap', 'Overige buitenlandse rechtspersoon vennootschap'), ('kapitaalvennootschap_buiten_eer', 'Kapitaalvennootschap buiten EER')], help_text='De juridische vorm van de niet-natuurlijk persoon.', max_length=50, verbose_name='rechtsvorm')),
                ('bezoekadres', models.CharField(blank=True, help_text='Het adres van de niet-natuurlijk persoon.', max_length=1000, verbose_name='bezoekadres')),
                ('klant', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='subject_niet_natuurlijk_persoon', to='klanten_plugin.klant')),
            ],
            options={
                'verbose_name': 'niet-natuurlijk persoon',
                'verbose_name_plural': 'niet-natuurlijke personen',
            },
        ),
        migrations.CreateModel(
            name='OutboxRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('notification', 'Notificatie'), ('rol_bron', 'Rollen van een service afstemmen'), ('rol_klant', 'Rollen van een klant ophalen'), ('rol_controle', 'Rollen nagaan'), ('rol_losgelaten', 'Rollen van een verwijderde klant'), ('rol_verwijderen', 'Rollen verwijderen bij een service'), ('rol_adressen', 'Relaties opnieuw herkennen'), ('nhr_overname', 'Overname uit het NHR'), ('nhr_verversing', 'Verversing uit het NHR'), ('nhr_signalen', 'Signalen van het NHR'), ('verwijderlijst', 'Verwijderlijst uitvoeren')], max_length=32, verbose_name='soort')),
                ('object_key', models.CharField(help_text='Wat het betreft: bij een klant zijn UUID.', max_length=255, verbose_name='object')),
                ('object_url', models.CharField(blank=True, max_length=1000, verbose_name='URL')),
                ('payload', models.JSONField(blank=True, help_text='Alleen wat later niet meer af te leiden is.', null=True, verbose_name='gegevens')),
                ('ordered', models.BooleanField(default=False, help_text='Of de taken van een object een voor een en op volgorde gaan.', verbose_name='op volgorde')),
                ('state', models.CharField(choices=[('waiting', 'Wacht'), ('running', 'Loopt'), ('done', 'Klaar'), ('given_up', 'Opgegeven')], default='waiting', max_length=16, verbose_name='stand')),
                ('behind', models.BooleanField(db_default=False, default=False, help_text='Of eerst een andere taak van hetzelfde object klaar moet zijn.', verbose_name='achter een andere')),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='pogingen')),
                ('abandoned', models.PositiveIntegerField(db_default=0, default=0, help_text='Hoe vaak achtereen een worker stopte voordat de taak klaar was.', verbose_name='keer verlaten')),
                ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text='Hiervan af telt hoe oud de taak is.', verbose_name='aan de beurt sinds')),
                ('next_attempt_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text='Niet voor dit moment.', verbose_name='volgende poging')),
                ('lease_until', models.DateTimeField(blank=True, help_text='Daarna is de worker die eraan begon kennelijk gestopt.', null=True, verbose_name='bezet tot')),
                ('last_error', models.CharField(blank=True, max_length=500, verbose_name='laatste fout')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='aangemaakt')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='afgehandeld')),
            ],
            options={
                'db_table': 'klanten_plugin_outboxtask',
                'verbose_name': 'taak in de outbox',
                'verbose_name_plural': 'taken in de outbox',
                'ordering': ['-pk'],
                'indexes': [models.Index(condition=models.Q(('behind', False), ('state', 'waiting')), fields=['kind', 'next_attempt_at', 'id'], name='klanten_outbox_due'), models.Index(condition=models.Q(('behind', True), ('state', 'waiting')), fields=['kind', 'object_key', 'id'], name='klanten_outbox_behind'), models.Index(condition=models.Q(('state', 'running')), fields=['kind', 'lease_until'], name='klanten_outbox_running'), models.Index(condition=models.Q(('state__in', ('waiting', 'running'))), fields=['kind', 'object_key', 'id'], name='klanten_outbox_order'), models.Index(fields=['state', 'settled_at'], name='klanten_outbox_settled'), models.Index(fields=['object_key'], name='klanten_outbox_object')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ordered', False), ('state', 'waiting')), fields=('kind', 'object_key'), name='klanten_outbox_een_waiting'), models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('kind', 'object_key'), name='klanten_outbox_een_running'), models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('lease_until__isnull', True)), _connector='OR'), name='klanten_outbox_bezet')],
            },
        ),
        migrations.CreateModel(
            name='RolBron',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('soort', models.CharField(choices=[('contactmomenten', 'Contactmomenten'), ('verzoeken', 'Verzoeken')], max_length=16, verbose_name='soort')),
                ('active', models.BooleanField(db_column='chosen', default=True, help_text='Of de service nu gekozen is in de configuratie.', verbose_name='gekozen')),
                ('aliases', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=500, validators=[klanten_plugin.models.validators.valid_api_root]), blank=True, default=list, help_text='Adressen, tot en met het versienummer, die de service in haar eigen URLs schrijft en die niet haar API-root zijn, bijvoorbeeld met http of de naam van een andere host; gescheiden door komma\'s.', size=None, verbose_name='andere API-roots van de service')),
                ('pass_started_at', models.DateTimeField(blank=True, null=True, verbose_name='afstemming begonnen')),
                ('pass_state', models.JSONField(blank=True, help_text='Waar een volgende worker verdergaat.', null=True, verbose_name='stand van de afstemming')),
                ('looked_at', models.DateTimeField(blank=True, help_text='Of er iets veranderd was: het aantal en het eind van de lijst.', null=True, verbose_name='laatst gekeken')),
                ('unexplained', models.IntegerField(default=0, editable=False, help_text='Zoveel relaties meer dan de laatste afstemming kon lezen.', verbose_name='niet te verklaren verschil')),
                ('last_complete_at', models.DateTimeField(blank=True, null=True, verbose_name='laatste volledige afstemming')),
                ('counts', models.JSONField(blank=True, default=dict, verbose_name='aantallen')),
                ('pass_error', models.CharField(blank=True, db_column='trouble', max_length=500, verbose_name='problemen bij het afstemmen')),
                ('call_error', models.CharField(blank=True, db_column='call_trouble', max_length=500, verbose_name='problemen met de service')),
                ('failures', models.PositiveIntegerField(default=0, editable=False, verbose_name='mislukte aanroepen op rij')),
                ('paused_until', models.DateTimeField(blank=True, null=True, verbose_name='met rust tot')),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='klanten_rolbronnen', to='zgw_consumers.service', verbose_name='service')),
            ],
            options={
                'verbose_name': 'bron van rollen',
                'verbose_name_plural': 'bronnen van rollen',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='KlantRol',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(help_text='Van het klantcontactmoment of klantverzoek.', max_length=1000, verbose_name='URL')),
                ('klant_url', models.CharField(max_length=1000, verbose_name='URL van de klant')),
                ('klant_uuid', models.UUIDField(db_index=True, editable=False, null=True)),
                ('betreft', models.CharField(help_text='URL van het contactmoment of verzoek.', max_length=1000, verbose_name='betreft')),
                ('rol', models.CharField(blank=True, max_length=100, verbose_name='rol')),
                ('indicatie_machtiging', models.CharField(blank=True, max_length=100, verbose_name='indicatie machtiging')),
                ('first_seen_at', models.DateTimeField(verbose_name='eerst gezien')),
                ('last_seen_at', models.DateTimeField(verbose_name='laatst gezien')),
                ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='vervallen')),
                ('klant', models.ForeignKey(blank=True, help_text='Leeg als er geen klant (meer) is met deze URL.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='rollen', to='klanten_plugin.klant', verbose_name='klant')),
                ('bron', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rollen', to='klanten_plugin.rolbron', verbose_name='bron')),
            ],
            options={
                'verbose_name': 'rol van een klant',
                'verbose_name_plural': 'rollen van klanten',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='OtherRelatie',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.BigIntegerField(editable=False)),
                ('url', models.CharField(blank=True, max_length=1000, verbose_name='URL')),
                ('klant_url', models.CharField(max_length=1000, verbose_name='URL van de klant')),
                ('betreft', models.CharField(blank=True, max_length=1000, verbose_name='betreft')),
                ('rol', models.CharField(blank=True, max_length=100, verbose_name='rol')),
                ('indicatie_machtiging', models.CharField(blank=True, max_length=100, verbose_name='indicatie machtiging')),
                ('reason', models.CharField(max_length=200, verbose_name='reden')),
                ('seen_at', models.DateTimeField(verbose_name='laatst gezien')),
                ('bron', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='other_relaties', to='klanten_plugin.rolbron', verbose_name='bron')),
            ],
            options={
                'verbose_name': 'overige relatie',
                'verbose_name_plural': 'overige relaties',
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('bron', 'key'), name='klanten_overig_uniek')],
            },
        ),
        migrations.CreateModel(
            name='UnknownRoot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('root', models.CharField(max_length=1000, verbose_name='API-root')),
                ('count', models.PositiveIntegerField(default=0, verbose_name='aantal')),
                ('last_at', models.DateTimeField(verbose_name='laatst')),
                ('bron', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='unknown_roots', to='klanten_plugin.rolbron', verbose_name='bron')),
            ],
            options={
                'verbose_name': 'onbekend adres van een bron',
                'verbose_name_plural': 'onbekende adressen van bronnen',
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('bron', 'root'), name='klanten_onbekend_adres')],
            },
        ),
        migrations.CreateModel(
            name='Vestiging',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('vestigings_nummer', models.CharField(blank=True, help_text='Een korte unieke aanduiding van de vestiging.', max_length=24, verbose_name='vestigingsnummer')),
                ('handelsnaam', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(blank=True, max_length=625, verbose_name='handelsnaam'), blank=True, default=list, help_text='De namen waaronder de vestiging handelt.', size=None, verbose_name='handelsnamen')),
                ('klant', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='subject_vestiging', to='klanten_plugin.klant')),
            ],
            options={
                'verbose_name': 'vestiging',
                'verbose_name_plural': 'vestigingen',
            },
        ),
        migrations.CreateModel(
            name='VerblijfsAdres',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('aoa_identificatie', models.CharField(help_text='De unieke identificatie van het adresseerbare object.', max_length=100, verbose_name='identificatie')),
                ('wpl_woonplaats_naam', models.CharField(blank=True, max_length=80, verbose_name='woonplaatsnaam')),
                ('gor_openbare_ruimte_naam', models.CharField(help_text='De naam die de gemeente aan de openbare ruimte heeft gegeven.', max_length=80, verbose_name='naam openbare ruimte')),
                ('aoa_postcode', models.CharField(blank=True, max_length=7, verbose_name='postcode')),
                ('aoa_huisnummer', models.IntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(99999)], verbose_name='huisnummer')),
                ('aoa_huisletter', models.CharField(blank=True, max_length=1, verbose_name='huisletter')),
                ('aoa_huisnummertoevoeging', models.CharField(blank=True, max_length=4, verbose_name='huisnummertoevoeging')),
                ('inp_locatiebeschrijving', models.CharField(blank=True, max_length=1000, verbose_name='locatiebeschrijving')),
                ('natuurlijk_persoon', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='verblijfsadres', to='klanten_plugin.natuurlijkpersoon')),
                ('vestiging', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='verblijfsadres', to='klanten_plugin.vestiging')),
            ],
            options={
                'verbose_name': 'verblijfsadres',
                'verbose_name_plural': 'verblijfsadressen',
            },
        ),
        migrations.CreateModel(
            name='SubVerblijfBuitenland',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lnd_landcode', models.CharField(help_text='De code van het land in de Land/Gebied-tabel van de BRP.', max_length=4, verbose_name='landcode')),
                ('lnd_landnaam', models.CharField(help_text='De naam van het land in de Land/Gebied-tabel van de BRP.', max_length=40, verbose_name='landnaam')),
                ('sub_adres_buitenland_1', models.CharField(blank=True, max_length=35, verbose_name='adresregel 1')),
                ('sub_adres_buitenland_2', models.CharField(blank=True, max_length=35, verbose_name='adresregel 2')),
                ('sub_adres_buitenland_3', models.CharField(blank=True, max_length=35, verbose_name='adresregel 3')),
                ('natuurlijk_persoon', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sub_verblijf_buitenland', to='klanten_plugin.natuurlijkpersoon')),
                ('niet_natuurlijk_persoon', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sub_verblijf_buitenland', to='klanten_plugin.nietnatuurlijkpersoon')),
                ('vestiging', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sub_verblijf_buitenland', to='klanten_plugin.vestiging')),
            ],
            options={
                'verbose_name': 'verblijf buitenland',
                'verbose_name_plural': 'verblijven buitenland',
            },
        ),
        migrations.CreateModel(
            name='KlantAdres',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('straatnaam', models.CharField(blank=True, max_length=100, verbose_name='straatnaam')),
                ('huisnummer', models.IntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(99999)], verbose_name='huisnummer')),
                ('huisletter', models.CharField(blank=True, max_length=1, verbose_name='huisletter')),
                ('huisnummertoevoeging', models.CharField(blank=True, max_length=4, verbose_name='huisnummertoevoeging')),
                ('postcode', models.CharField(blank=True, max_length=7, verbose_name='postcode')),
                ('woonplaatsnaam', models.CharField(blank=True, max_length=80, verbose_name='woonplaatsnaam')),
                ('landcode', models.CharField(blank=True, help_text='De code van het land in de Land/Gebied-tabel van de BRP.', max_length=4, verbose_name='landcode')),
                ('klant', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='adres', to='klanten_plugin.klant')),
            ],
            options={
                'verbose_name': 'adres',
                'verbose_name_plural': 'adressen',
                'indexes': [models.Index(fields=['straatnaam'], name='klanten_adres_straatnaam'), models.Index(fields=['postcode'], name='klanten_adres_postcode'), models.Index(fields=['woonplaatsnaam', 'klant'], name='klanten_adres_woonplaatsnaam'), models.Index(fields=['landcode', 'klant'], name='klanten_adres_landcode')],
                'constraints': [models.CheckConstraint(condition=models.Q(('huisnummer__range', (0, 99999)), ('huisnummer__isnull', True), _connector='OR'), name='klanten_plugin_adres_huisnummer')],
            },
        ),
        migrations.AddIndex(
            model_name='natuurlijkpersoon',
            index=models.Index(fields=['inp_bsn'], name='klanten_inp_bsn'),
        ),
        migrations.AddIndex(
            model_name='natuurlijkpersoon',
            index=models.Index(fields=['anp_identificatie'], name='klanten_anp_identificatie'),
        ),
        migrations.AddIndex(
            model_name='natuurlijkpersoon',
            index=models.Index(fields=['inp_a_nummer'], name='klanten_inp_a_nummer'),
        ),
        migrations.AddConstraint(
            model_name='nhrbron',
            constraint=models.CheckConstraint(condition=models.Q(('soort', 'eigen'), ('service__isnull', False), _connector='OR'), name='klanten_plugin_nhrbron_service', violation_error_message='Kies een service.'),
        ),
        migrations.AddConstraint(
            model_name='nhrbron',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('soort', 'eigen'), _negated=True), models.Q(('class_path', ''), _negated=True), _connector='OR'), name='klanten_plugin_nhrbron_klasse', violation_error_message='Geef het pad van de klasse.'),
        ),
        migrations.AddIndex(
            model_name='nhrstate',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['turn', 'due_at'], name='klanten_nhr_due'),
        ),
        migrations.AddIndex(
            model_name='nhrstate',
            index=models.Index(fields=['nummer', 'soort'], name='klanten_nhr_nummer'),
        ),
        migrations.AddIndex(
            model_name='nhrstate',
            index=models.Index(fields=['outcome', 'klant'], name='klanten_nhr_uitkomst'),
        ),
        migrations.AddIndex(
            model_name='nhrstate',
            index=models.Index(condition=models.Q(('kvk_nummer', ''), _negated=True), fields=['kvk_nummer'], name='klanten_nhr_kvk_nummer'),
        ),
        migrations.AddIndex(
            model_name='nietnatuurlijkpersoon',
            index=models.Index(fields=['inn_nnp_id'], name='klanten_inn_nnp_id'),
        ),
        migrations.AddIndex(
            model_name='nietnatuurlijkpersoon',
            index=models.Index(fields=['ann_identificatie'], name='klanten_ann_identificatie'),
        ),
        migrations.AddConstraint(
            model_name='rolbron',
            constraint=models.UniqueConstraint(fields=('service', 'soort'), name='klanten_rolbron_uniek'),
        ),
        migrations.AddIndex(
            model_name='klantrol',
            index=models.Index(condition=models.Q(('retired_at', None)), fields=['bron', 'id'], name='klanten_rol_bron'),
        ),
        migrations.AddIndex(
            model_name='klantrol',
            index=django.contrib.postgres.indexes.HashIndex(fields=['betreft'], name='klanten_rol_betreft'),
        ),
        migrations.AddConstraint(
            model_name='klantrol',
            constraint=models.UniqueConstraint(fields=('url',), name='klanten_rol_url'),
        ),
        migrations.AddIndex(
            model_name='vestiging',
            index=models.Index(fields=['vestigings_nummer'], name='klanten_vestigings_nummer'),
        ),
        migrations.AddIndex(
            model_name='nhrstate',
            index=models.Index(condition=models.Q(('gone', True)), fields=['gone', 'klant'], name='klanten_nhr_gone'),
        ),
        migrations.AddConstraint(
            model_name='verblijfsadres',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('natuurlijk_persoon__isnull', False), ('vestiging__isnull', True)), models.Q(('natuurlijk_persoon__isnull', True), ('vestiging__isnull', False)), _connector='OR'), name='klanten_plugin_verblijfsadres_eigenaar'),
        ),
        migrations.AddConstraint(
            model_name='verblijfsadres',
            constraint=models.CheckConstraint(condition=models.Q(('aoa_huisnummer__range', (0, 99999)), ('aoa_huisnummer__isnull', True), _connector='OR'), name='klanten_plugin_verblijfsadres_huisnummer'),
        ),
        migrations.AddConstraint(
            model_name='subverblijfbuitenland',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('natuurlijk_persoon__isnull', False), ('niet_natuurlijk_persoon__isnull', True), ('vestiging__isnull', True)), models.Q(('natuurlijk_persoon__isnull', True), ('niet_natuurlijk_persoon__isnull', False), ('vestiging__isnull', True)), models.Q(('natuurlijk_persoon__isnull', True), ('niet_natuurlijk_persoon__isnull', True), ('vestiging__isnull', False)), _connector='OR'), name='klanten_plugin_subverblijfbuitenland_eigenaar'),
        ),
        migrations.CreateModel(
            name='KlantCount',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, primary_key=True, serialize=False)),
                ('change', models.BigIntegerField(editable=False)),
            ],
            options={
                'verbose_name': 'wijziging van het aantal klanten',
                'verbose_name_plural': 'wijzigingen van het aantal klanten',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='DeletionList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='Geen persoonsgegevens.', max_length=100, verbose_name='naam')),
                ('ground', models.CharField(choices=[('avg', 'AVG-verzoek van de betrokkene'), ('selectielijst', 'Selectielijst: de bewaartermijn is om'), ('mistake', 'Vergissing: had niet gemaakt moeten worden'), ('duplicate', 'Dubbel: samengebracht met een andere klant'), ('api', 'Via de API')], max_length=16, verbose_name='grond')),
                ('reference', models.CharField(blank=True, help_text='Bijvoorbeeld een zaaknummer of de categorie van de selectielijst; geen persoonsgegevens, want dit blijft bewaard.', max_length=100, verbose_name='kenmerk')),
                ('state', models.CharField(choices=[('draft', 'Wacht op bevestiging door een ander'), ('confirmed', 'Bevestigd'), ('called_off', 'Afgeblazen'), ('done', 'Uitgevoerd')], default='draft', max_length=16, verbose_name='stand')),
                ('made_by', models.CharField(max_length=255, verbose_name='opgesteld door')),
                ('made_by_id', models.CharField(editable=False, max_length=64)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='opgesteld')),
                ('confirmed_by', models.CharField(blank=True, max_length=255, verbose_name='bevestigd door')),
                ('confirmed_by_id', models.CharField(blank=True, editable=False, max_length=64)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='bevestigd')),
                ('not_before', models.DateTimeField(blank=True, help_text='Tot dan is de lijst nog af te blazen.', null=True, verbose_name='wordt uitgevoerd vanaf')),
                ('called_off_by', models.CharField(blank=True, max_length=255, verbose_name='afgeblazen door')),
                ('called_off_at', models.DateTimeField(blank=True, null=True, verbose_name='afgeblazen')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='klaar')),
            ],
            options={
                'verbose_name': 'verwijderlijst',
                'verbose_name_plural': 'verwijderlijsten',
                'ordering': ['-pk'],
                'permissions': [('approve_deletion', 'Mag een verwijderlijst bevestigen')],
                'default_permissions': ('add', 'view'),
            },
        ),
        migrations.CreateModel(
            name='PossibleDuplicate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('bsn', 'hetzelfde BSN'), ('vestiging', 'hetzelfde vestigingsnummer'), ('rsin', 'hetzelfde RSIN'), ('email', 'hetzelfde e-mailadres')], max_length=16, verbose_name='overeenkomst')),
                ('klanten', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), verbose_name='klanten')),
                ('count', models.PositiveIntegerField(verbose_name='aantal')),
                ('found_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='gevonden')),
            ],
            options={
                'verbose_name': 'mogelijke dubbele klant',
                'verbose_name_plural': 'mogelijke dubbele klanten',
                'ordering': ['pk'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='Deletion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('klant_uuid', models.UUIDField(db_index=True, verbose_name='UUID van de klant')),
                ('subject_type', models.CharField(blank=True, choices=[('natuurlijk_persoon', 'Natuurlijk persoon'), ('niet_natuurlijk_persoon', 'Niet-natuurlijk persoon'), ('vestiging', 'Vestiging')], max_length=23, verbose_name='type subject')),
                ('created_at', models.DateTimeField(blank=True, null=True, verbose_name='klant gemaakt')),
                ('changed_at', models.DateTimeField(blank=True, null=True, verbose_name='laatst gewijzigd')),
                ('ground', models.CharField(choices=[('avg', 'AVG-verzoek van de betrokkene'), ('selectielijst', 'Selectielijst: de bewaartermijn is om'), ('mistake', 'Vergissing: had niet gemaakt moeten worden'), ('duplicate', 'Dubbel: samengebracht met een andere klant'), ('api', 'Via de API')], max_length=16, verbose_name='grond')),
                ('reference', models.CharField(blank=True, max_length=100, verbose_name='kenmerk')),
                ('decided_by', models.CharField(blank=True, help_text='Een medewerker, of bij de API de id van de applicatie.', max_length=255, verbose_name='besloten door')),
                ('approved_by', models.CharField(blank=True, max_length=255, verbose_name='bevestigd door')),
                ('rollen_beleid', models.CharField(blank=True, choices=[('keep', 'Laat ze bij hun eigenaar'), ('remove', 'Verwijder ze bij de service')], help_text='Leeg als er geen bron van rollen was.', max_length=8, verbose_name='rollen bij hun eigenaar')),
                ('removed', models.JSONField(default=dict, verbose_name='wat is verwijderd')),
                ('deleted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='verwijderd')),
                ('deletion_list', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='deletions', to='klanten_plugin.deletionlist', verbose_name='verwijderlijst')),
            ],
            options={
                'verbose_name': 'verwijdering',
                'verbose_name_plural': 'register van verwijderingen',
                'ordering': ['-pk'],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='DeletionItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('klant_uuid', models.UUIDField(verbose_name='UUID van de klant')),
                ('state', models.CharField(choices=[('waiting', 'Wacht'), ('deleted', 'Verwijderd'), ('gone', 'Was er al niet meer'), ('refused', 'Geweigerd: iets van de host verwijst ernaar')], default='waiting', max_length=16, verbose_name='stand')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='afgehandeld')),
                ('deletion_list', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='klanten_plugin.deletionlist')),
            ],
            options={
                'verbose_name': 'klant op een verwijderlijst',
                'verbose_name_plural': 'klanten op een verwijderlijst',
                'ordering': ['pk'],
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('deletion_list', 'klant_uuid'), name='klanten_deletionitem_uniek')],
            },
        ),
        migrations.CreateModel(
            name='ChangedKlant',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, primary_key=True, serialize=False)),
                ('klant_id', models.BigIntegerField(editable=False)),
            ],
            options={
                'verbose_name': 'gewijzigde klant',
                'verbose_name_plural': 'gewijzigde klanten',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SharedValue',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, primary_key=True, serialize=False)),
                ('lookup', models.CharField(editable=False, max_length=100)),
                ('value', models.TextField(editable=False)),
            ],
            options={
                'verbose_name': 'waarde van veel klanten',
                'verbose_name_plural': 'waarden van veel klanten',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='KlantBitmap',
            fields=[
                ('id', models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, primary_key=True, serialize=False)),
                ('block', models.BigIntegerField(editable=False)),
                ('bits', klanten_plugin.models.bits.BitsField(editable=False)),
                ('value', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, to='klanten_plugin.sharedvalue')),
            ],
            options={
                'verbose_name': 'bitmap van klanten',
                'verbose_name_plural': 'bitmaps van klanten',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('value', 'block'), name='klanten_bitmap_uniek')],
            },
        ),
        migrations.RunSQL(
            (SQL / "0001_initial.sql").read_text(encoding="utf-8"),
            (SQL / "0001_initial_reverse.sql").read_text(encoding="utf-8"),
        ),
    ]
