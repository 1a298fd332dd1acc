"""The index on the audit trail of the host, which has millions of lines of other APIs.

By itself, outside a transaction: writers of those APIs don't wait while it is made.
"""

from django.db import migrations


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('klanten_plugin', '0001_initial'),
        ('audittrails', '0018_auto_20221212_0745'),
    ]

    operations = [
        # apart: several statements at once would be one transaction
        migrations.RunSQL(
            # of an attempt that was cut off, and not valid
            'DROP INDEX CONCURRENTLY IF EXISTS klanten_audittrail_klant',
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY klanten_audittrail_klant ON audittrails_audittrail"
            " (right(hoofd_object, 36)) WHERE bron = 'kc'",
            'DROP INDEX CONCURRENTLY IF EXISTS klanten_audittrail_klant',
        ),
    ]
