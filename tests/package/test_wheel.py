"""The contents of the package, and the instructions for installation.

``tox -e package`` builds the package, and sets TESTAPP_DIST to its folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.package import production

ROOT = Path(__file__).resolve().parents[2]
DIST = Path(os.environ.get("TESTAPP_DIST", ""))
PAGE = ROOT / "docs" / "installation.md"

pytestmark = pytest.mark.skipif(
    "TESTAPP_DIST" not in os.environ, reason="needs what tox -e package builds"
)


def the_only(pattern: str, folder: Path = DIST) -> Path:
    (found,) = folder.glob(pattern)
    return found


def contents(wheel: Path) -> dict[str, str]:
    """Return a hash of each file."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            name: hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
        }


def test_the_wheel_has_every_file_of_the_package() -> None:
    here = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "klanten_plugin").rglob("*")
        if path.is_file() and path.suffix != ".pyc" and "__pycache__" not in path.parts
    }
    inside = {name for name in contents(the_only("*.whl")) if ".dist-info/" not in name}

    assert inside == here
    # data files of the code, so that the comparison means something
    for name in (
        "api/openapi.yaml",
        "migrations/sql/0001_initial.sql",
        "management/commands/klanten_doctor.py",
        "migrations/0001_initial.py",
        "migrations/0002_audittrail_index.py",
        "py.typed",
        "templates/klanten_plugin/redoc.html",
    ):
        assert f"klanten_plugin/{name}" in inside


def test_translations_are_compiled() -> None:
    inside = contents(the_only("*.whl"))
    sources = [name for name in inside if name.endswith(".po")]
    assert all(name.removesuffix("po") + "mo" in inside for name in sources)


def test_the_sdist_builds_the_same_wheel(tmp_path: Path) -> None:
    with tarfile.open(the_only("*.tar.gz")) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    source = the_only("*", tmp_path / "source")
    subprocess.run(  # noqa: S603 - our own Python, our own arguments
        [sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, source],
        check=True,
        capture_output=True,
    )
    again, first = contents(the_only("*.whl", tmp_path)), contents(the_only("*.whl"))
    # differences between archives are reported by name
    assert {n: h for n, h in again.items() if first.get(n) != h} == {}
    assert set(again) == set(first)


def test_each_file_is_in_the_sdist_or_left_out_on_purpose() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("compares with what is in git")
    done = subprocess.run(  # noqa: S603 - our own Python, our own arguments
        [sys.executable, "-m", "check_manifest", str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


class Host:
    """A folder in which the instructions are followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DJANGO", "KLANTEN", "PYTHON", "VIRTUAL", "TOX"))
        }

    @property
    def active(self) -> dict[str, str]:
        """Return the environment with the virtual environment active, if it exists."""
        venv = self.folder / "venv" / "bin"
        return {**self.environ, "PATH": f"{venv}{os.pathsep}{self.environ['PATH']}"}

    @contextmanager
    def running(self, command: str, log: Path = Path(os.devnull)) -> Iterator[None]:
        """Run a process in this context."""
        program, *arguments = command.split()
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - a line of our own page
                [self.folder / "venv" / "bin" / program, *arguments],
                cwd=self.folder,
                env=self.active,
                stdout=output,
                stderr=output,
            )
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)

    def run(self, command: str, *, fails: bool = False) -> str:
        """Return the output of a command."""
        done = subprocess.run(  # noqa: S602 - the lines of our own page
            command,
            shell=True,
            executable="/bin/bash",
            cwd=self.folder,
            env=self.active,
            capture_output=True,
            text=True,
            check=False,
        )
        assert fails or done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A host with a database and a broker, as operators have it."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        if name not in os.environ:
            pytest.skip(f"needs {name}")
    made = Host(tmp_path)
    database = urlsplit(os.environ["DATABASE_URL"])
    query = re.search(r"host=([^&]+)", database.query)
    made.environ |= {
        "DB_NAME": f"klanten_{secrets.token_hex(4)}",
        "DB_USER": unquote(database.username or ""),
        "DB_PASSWORD": unquote(database.password or ""),
        "DB_HOST": unquote(query[1] if query else database.hostname or ""),
        "DB_PORT": str(database.port or ""),
        # workers of the other environments must not be seen by this host
        "REDIS_URL": urlsplit(os.environ["REDIS_URL"])
        ._replace(path=f"/{os.environ.get('TESTAPP_REDIS_DATABASE', '0')}")
        .geturl(),
        "SITE_DOMAIN": "testserver",
    }
    return made


BLOCK = re.compile(
    r'^```(?P<kind>\w+)(?: title="(?P<file>[^"]+)")?\n(?P<text>.*?)^```$',
    re.MULTILINE | re.DOTALL,
)
DATABASE = (
    "import os, psycopg; e = os.environ; psycopg.connect(dbname='postgres', "
    "user=e['DB_USER'], password=e['DB_PASSWORD'], host=e['DB_HOST'], "
    "port=e['DB_PORT'] or None, autocommit=True)"
    ".execute('{} DATABASE ' + e['DB_NAME'])"
)
ERROR = re.compile(r"\((\w+\.E\d+)\)")
LOOK = """
import json
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
from django.test import Client
import jwt, os, time
token = jwt.encode({"client_id": "kiss", "iat": int(time.time())}, os.environ["KISS_SECRET"])
client = Client(headers={"Authorization": "Bearer " + token})
root = "/klanten/api/v1"
body = {
    "bronorganisatie": "123456782",
    "websiteUrl": "https://example.nl",
    "subjectType": "vestiging",
    "subjectIdentificatie": {"vestigingsNummer": "990000541921"},
}
made = client.post(root + "/klanten", json.dumps(body), content_type="application/json")
found = [client.get(root + path) for path in ("/klanten", "/schema/", "/nowhere")]
# where the type of an error leads
kind = "/" + found[-1].json()["type"].split("/", 3)[3]
pages = [client.get(path) for path in ("/admin/login/", kind, "/ref/scopes/")]
print("seen", made.status_code, *(one.status_code for one in [*found, *pages]))
"""


def test_the_page_of_instructions_holds(host: Host) -> None:
    page = PAGE.read_text(encoding="utf-8").split("## 7.")[0]
    commands, made = [], False
    try:
        for block in BLOCK.finditer(page):
            if block["file"]:
                with (host.folder / block["file"]).open("a", encoding="utf-8") as file:
                    file.write(f"\n{block['text']}")
            if block["kind"] == "console":
                for line in block["text"].splitlines():
                    command = line.removeprefix("$ ")
                    if "migrate" in command and not made:
                        host.run(f'python -c "{DATABASE.format("CREATE")}"')
                        made = True
                    commands.append(command)
                    follow(host, command)
        assert "python manage.py klanten_setup klanten.yaml" in commands
        try_it(host)
        try_in_production(host)
    finally:
        if made:
            host.run(f'python -c "{DATABASE.format("DROP")}"', fails=True)
        shutil.rmtree(host.folder / "venv", ignore_errors=True)


def follow(host: Host, command: str) -> None:
    """Follow a line of the instructions, with the wheel instead of its package."""
    if command.startswith("export "):
        name, _equals, value = command.removeprefix("export ").partition("=")
        host.environ[name] = value
    elif command.startswith("pip install "):
        wanted = command.replace("klanten-plugin", str(the_only("*.whl")))
        if shutil.which("uv"):  # equivalent, in a fifth of the time
            wanted = f"uv {wanted} --python venv/bin/python"
        host.run(wanted)
    elif not command.startswith(". "):
        printed = host.run(command)
        if " check " in command:
            assert "no issues" in printed, printed


def try_it(host: Host) -> None:
    printed = host.run(f"python manage.py shell -v0 -c '{LOOK}'")
    assert "seen 201 200 200 404 200 200 200" in printed.splitlines(), printed
    doctor = host.run("python manage.py klanten_doctor --timeout 1", fails=True)
    assert "goed    migraties" in doctor
    assert "goed    broker" in doctor
    assert "goed    applicaties" in doctor
    # none was started
    assert "FOUT    workers" in doctor
    with host.running("celery -A host worker --loglevel INFO"):
        for _attempt in range(30):
            doctor = host.run("python manage.py klanten_doctor --json", fails=True)
            if '"ok": true' in doctor:
                return
    pytest.fail(doctor)


TOKEN = """
import jwt, os, time
print(jwt.encode({"client_id": "kiss", "iat": int(time.time())}, os.environ["KISS_SECRET"]))
"""


def try_in_production(host: Host) -> None:
    """Follow the deployment page, except container engines and systemd."""
    shutil.copy(production.DEPLOY / "production.py", host.folder / "host")
    follow(host, "pip install gunicorn==23.* whitenoise==6.*")
    host.environ |= {
        "DJANGO_SETTINGS_MODULE": "host.production",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SITE_DOMAIN": production.DOMAIN,
    }
    host.run("python manage.py collectstatic --noinput")
    checked = host.run("python manage.py check --deploy --database default", fails=True)
    # sending mail is up to the host
    assert not [one for one in ERROR.findall(checked) if one != "mail.E001"], checked
    token = host.run(f"python -c '{TOKEN}'").strip()
    production.serve_and_try(host.folder, token, host.running)
