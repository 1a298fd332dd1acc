"""Check IP addresses before connecting to a URL from a consumer.

Only addresses are allowed that are globally routable according to Python's
``ipaddress`` and requests-hardened, except for the networks below: these are routable,
but lead to machines of the cloud provider, or to anycast addresses.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES

REFUSED = tuple(
    ip_network(network)
    for network in (
        # IPv4-compatible IPv6 addresses, which systems treat as IPv4
        "::/96",
        "::ffff:0:0/96",
        # site-local, deprecated by RFC 3879 but still routed
        "fec0::/10",
        # the platform of Azure, at a public address
        "168.63.129.16/32",
        # AS112 and AMT anycast: the nearest server answers
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.175.48.0/24",
        "2620:4f:8000::/48",
    )
)


def is_public(address: str) -> bool:
    """Whether connecting to a numeric address is allowed."""
    ip = ip_address(address.partition("%")[0])
    return (
        ip.is_global
        and not (ip.is_multicast or ip.is_reserved)
        and not any(ip in network for network in (*REFUSED, *EXTRA_BLOCKED_NET_RANGES))
    )
