"""How the plugin is packaged. ``pyproject.toml`` holds settings of tools alone."""

import re
from pathlib import Path

from setuptools import find_namespace_packages, setup

ROOT = Path(__file__).parent
VERSION = re.search(
    r'^__version__ = "(.+)"$',
    (ROOT / "klanten_plugin" / "__init__.py").read_text(encoding="utf-8"),
    re.MULTILINE,
)[1]

# Lower bounds are tested by the tox environments with `oldest` and `openzaak`.
REQUIRES = [
    "django>=5.2",
    "djangorestframework>=3.15.2",
    "commonground-api-common>=2.13,<4",
    "djangorestframework-camel-case>=1.4.2",
    "django-filter>=24.2",
    "django-solo>=2.0",
    "drf-nested-routers>=0.94",
    # Redoc for the page of the document: nothing comes from a CDN
    "drf-spectacular-sidecar>=2024.7.1",
    "notifications-api-common>=0.11",
    "pyjwt>=2.10",
    "zgw-consumers>=1.0,<3",
    # reads when certificates of services end; zgw-consumers brings it
    "cryptography>=43",
    "celery>=5.5",
    # what Celery speaks to the broker with: its pool, with a time limit of our own
    "kombu>=5.5.2",
    "redis>=5.0.8",
    # kombu imports it for Redis, and doesn't ask for it
    "packaging>=24",
    # counts what is asked of KVK over all workers
    "limits>=4.0",
    # long lists are streamed under ASGI; Django brings it
    "asgiref>=3.8.1",
    "orjson>=3.10",
    "pyyaml>=6.0.1",
    "requests>=2.32.2",
    # what requests is made on: sockets that are cut at a deadline
    "urllib3>=2.0.7",
    # its list of networks that aren't public
    "requests-hardened>=1.2.1",
    "structlog>=24.4",
    "tqdm>=4.66",
]

# KVK Dataservice: SOAP messages, signed and verified.
DATASERVICE = [
    # signxml doesn't import with an older one
    "cryptography>=45",
    "lxml>=6.0.2",
    "signxml>=5.0",
]

# What the demo host in testapp/ runs on, beside the plugin.
DEMO = [
    *DATASERVICE,
    "dj-database-url>=3.0",
    # the pages that errors and scopes link to are written in Markdown
    "commonground-api-common[markdown-docs]",
    "django-privates>=3.1",
    "gunicorn>=23",
    # the processes of the demo
    "psutil>=7",
    "psycopg[binary]>=3.2",
    "pyjwt>=2.10",
    # the certificates with which the demo's register speaks mutual TLS
    "trustme>=1.2.1",
    "whitenoise>=6.9",
    # verifies what the plugin signs: another implementation, of which the wheel must
    # have the libxml2 that lxml's has (2.14), or it doesn't import
    "xmlsec>=1.3.17",
    "lxml<6.2",
]

EXTRAS = {
    "dataservice": DATASERVICE,
    "demo": DEMO,
    "setup-configuration": ["django-setup-configuration>=0.11"],
    "tests": [
        *DEMO,
        # reads and writes the translations, where gettext isn't installed
        "babel>=2.16",
        # generates the OpenAPI document; the suite brings it
        "drf-spectacular>=0.27.2",
        # what hosts have that the API must get on with
        "django-admin-index>=4.0",
        "django-csp>=4.0",
        "django-log-outgoing-requests>=0.6.1",
        "django-setup-configuration>=0.11",
        "hypothesis>=6.150",
        "jsonschema>=4.23",
        # fills in the forms of the admin as they were rendered
        "lxml>=5.3",
        "openapi-spec-validator>=0.8",
        # what a scrape shows; its versions are those of OpenTelemetry, before 1.0
        "opentelemetry-exporter-prometheus>=0.51b0",
        "opentelemetry-sdk>=1.30",
        # what a host under ASGI needs
        "psycopg-pool>=3.2",
        "pytest>=9",
        "pytest-cov>=7",
        "pytest-django>=4.11",
        "requests-mock>=1.12",
        "schemathesis>=4.32.5",
        # what it sends is looked at for personal data
        "sentry-sdk>=2.20",
        # knows which statements of a migration lock or rewrite a table
        "squawk-cli>=2.70",
        "types-pyyaml",
        "types-requests",
        "types-tqdm",
        # a server that speaks ASGI
        "uvicorn>=0.34",
    ],
}

setup(
    name="klanten-plugin",
    version=VERSION,
    description="The VNG Klanten API 1.0.0 for an existing ZGW suite",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="EUPL-1.2",
    license_files=["LICENSE"],
    # folders of templates and translations are packages to setuptools, too
    packages=find_namespace_packages(include=["klanten_plugin", "klanten_plugin.*"]),
    include_package_data=True,
    python_requires=">=3.11",
    install_requires=REQUIRES,
    extras_require=EXTRAS,
    zip_safe=False,
    keywords=["klanten", "ZGW", "VNG", "Common Ground", "Django"],
    classifiers=[
        "Development Status :: 4 - Beta",
        "Environment :: Web Environment",
        "Framework :: Django",
        "Framework :: Django :: 5.2",
        "Framework :: Django :: 6.0",
        "Intended Audience :: Developers",
        "Natural Language :: Dutch",
        "Operating System :: POSIX",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Internet :: WWW/HTTP :: WSGI :: Application",
        "Typing :: Typed",
    ],
)
