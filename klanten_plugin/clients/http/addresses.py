"""Which addresses may be connected to for a URL that a consumer sent.

Only addresses that are globally routable by the words of Python's ``ipaddress`` and of
requests-hardened, less the networks below: they are routable, and lead to machines of
the cloud that we run in, or to nobody in particular.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES

REFUSED = tuple(
    ip_network(network)
    for network in (
        # IPv4 in IPv6, which systems connect to as IPv4
        "::/96",
        "::ffff:0:0/96",
        # site-local, given up by RFC 3879 and still routed
        "fec0::/10",
        # the platform of Azure, behind a public address
        "168.63.129.16/32",
        # AS112 and AMT anycast: whoever is nearest answers
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.175.48.0/24",
        "2620:4f:8000::/48",
    )
)


def is_public(address: str) -> bool:
    """Whether a numeric address may be connected to, scope of IPv6 included."""
    ip = ip_address(address.partition("%")[0])
    return (
        ip.is_global
        and not (ip.is_multicast or ip.is_reserved or _is_site_local(ip))
        and not any(ip in network for network in (*REFUSED, *EXTRA_BLOCKED_NET_RANGES))
    )


def _is_site_local(ip: IPv4Address | IPv6Address) -> bool:
    return isinstance(ip, IPv6Address) and ip.is_site_local
