"""Where a webhook may lead: to public addresses of the Internet, by https. Pure.

An address as it is written says little: a name may lead anywhere. So `url_fault` judges what can be known when a
webhook is registered, and `is_public` every address that the name has at the moment of each delivery.
"""

import re
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

from app.kit.i18n import Localized

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_REFUSED_V4 = tuple(
    IPv4Network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
_REFUSED_V6 = tuple(ip_network(each) for each in ("2001::/23", "2001:db8::/32", "3fff::/20"))
"""What is not globally reachable. Source: IANA registries of special-purpose addresses, IPv4 and IPv6. Spelt out, as
the standard library knows more or less of them from version to version."""
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_HIGHEST_PORT = 65535
_INSIDE = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "localdomain")

BAD_URL = Localized(
    zh="不是有效的网址，或含有用户名、密码或片段",
    en="Not a valid address, or one with a user name, a password or a fragment",
)
NOT_HTTPS = Localized(zh="只接受 https 网址", en="Only https addresses are taken")
NOT_PUBLIC = Localized(
    zh="只能发往互联网上的公开地址，不能是内网、本机或保留地址",
    en="Only public addresses of the Internet, none that are private, local or reserved",
)


def is_public(address: str) -> bool:
    """Tell whether an IP address, as the resolver gives it, is one that everybody reaches.

    IPv6 forms of an IPv4 address (mapped, NAT64, 6to4) are judged by what they lead to.
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv4Address):
        return _is_public_v4(parsed)
    inside = _v4_inside(parsed)
    if inside is not None:
        return _is_public_v4(inside)
    return (
        parsed in _GLOBAL_UNICAST
        and parsed.is_global
        and not any(parsed in network for network in _REFUSED_V6)
    )


def _is_public_v4(address: IPv4Address) -> bool:
    return address.is_global and not any(address in network for network in _REFUSED_V4)


def _v4_inside(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def url_fault(url: str, *, allow_private: bool) -> Localized | None:
    """Return why a webhook cannot have the address; None when nothing in its writing speaks against it."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return BAD_URL
    host = parsed.raw_host.decode("ascii")
    if parsed.scheme not in {"http", "https"} or parsed.userinfo or parsed.fragment:
        return BAD_URL
    if not _HOST.fullmatch(host) or not 0 < (parsed.port or 443) <= _HIGHEST_PORT:
        return BAD_URL
    if allow_private:
        return None
    if parsed.scheme != "https":
        return NOT_HTTPS
    return None if _may_be_public(host) else NOT_PUBLIC


def _may_be_public(host: str) -> bool:
    literal = _literal(host)
    if literal is not None:
        return is_public(literal)
    name = host.rstrip(".").lower()
    return "." in name and not any(name.endswith("." + each) for each in _INSIDE)


def _literal(host: str) -> str | None:
    """Return the IP address that a host is, also in forms that only resolvers take (`127.1`, `0x7f000001`)."""
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None
