"""Memory of a web process for the audit trail of one klant.

`python -m tests.benchmarks.audit_memory` requests a trail of 100 and one of 10,000
lines, each in a separate process that discards the response, and prints the peak memory
of both, and the difference.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from argparse import ArgumentParser

LINES = (100, 10_000)
MOST_MEGABYTES = 2.0

COPY = """
    INSERT INTO audittrails_audittrail ({columns})
    SELECT {values} FROM audittrails_audittrail, generate_series(2, %s)
"""


def add_lines(count: int) -> str:
    """Create a klant with this number of audit lines, and return the trail's URL."""
    from django.db import connection

    from vng_api_common.audittrails.models import AuditTrail

    from tests.api_client import URL, ApiClient
    from tests.benchmarks.operations import CLIENT_ID, make_token, post_body

    AuditTrail.objects.all().delete()
    api = ApiClient(make_token(CLIENT_ID))
    answer = api.request("POST", URL, json.loads(post_body()), documented=False)
    assert answer.status_code == 201, answer.content
    columns = [f.column for f in AuditTrail._meta.concrete_fields if not f.primary_key]
    values = ["gen_random_uuid()" if name == "uuid" else name for name in columns]
    statement = COPY.format(columns=", ".join(columns), values=", ".join(values))
    with connection.cursor() as cursor:
        cursor.execute(statement, [count])
    return f"{answer.headers['Location']}/audittrail"


def read(url: str) -> tuple[int, float]:
    """Return the size of the trail in bytes, and the peak of this process in MB."""
    import django

    django.setup()
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import RequestFactory

    from tests.benchmarks.operations import CLIENT_ID, make_token

    token = {"HTTP_AUTHORIZATION": f"Bearer {make_token(CLIENT_ID)}"}
    request = RequestFactory().get(url, **token)
    response = WSGIHandler().get_response(request)
    assert response.status_code == 200, response.status_code
    size = sum(len(part) for part in response)
    return size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fresh_process(url: str) -> tuple[int, float]:
    """Return the same, measured in a new process."""
    from tests.benchmarks.server import environment

    output = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "tests.benchmarks.audit_memory", "--read", url],
        env={**os.environ, **environment()},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout
    size, peak = output.splitlines()[-1].split()
    return int(size), float(peak)


def main() -> int:
    """Measure and print. Return 1 if the memory grows with the number of lines."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--read")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.host.settings")
    if options.read:
        size, peak = read(options.read)
        sys.stdout.write(f"{size} {peak}\n")
        return 0
    import django

    django.setup()
    from tests.benchmarks.databases import filled_database

    peaks = []
    with filled_database(100):
        for count in LINES:
            size, peak = fresh_process(add_lines(count))
            peaks.append(peak)
            sys.stdout.write(
                f"{count:6} lines, {size / 1e6:6.2f} MB: peak {peak:.1f} MB\n"
            )
    growth = peaks[-1] - peaks[0]
    sys.stdout.write(f"growth {growth:.1f} MB (at most {MOST_MEGABYTES})\n")
    return int(growth > MOST_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main())
