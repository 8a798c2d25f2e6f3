"""The caller's address and scheme behind reverse proxies, believed from trusted networks only."""

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
IPV4_PREFIX, IPV6_PREFIX = 24, 56


def parse_networks(text: str) -> tuple[Network, ...]:
    """Networks from a comma-separated setting; `none` and the empty text are no network."""
    parts = (part.strip() for part in text.split(","))
    return tuple(ipaddress.ip_network(part) for part in parts if part not in ("", "none"))


class TrustedProxies:
    """WSGI middleware: walks X-Forwarded-For from the right and stops at the first hop not trusted."""

    def __init__(self, app: Wsgi, networks: tuple[Network, ...]) -> None:
        self.app = app
        self.networks = networks

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        peer = environ.get("REMOTE_ADDR", "")
        if self._trusted(peer):
            hops = [hop.strip() for hop in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
            while hops and self._trusted(peer):
                peer = hops.pop()
            environ["REMOTE_ADDR"] = peer if self._address(peer) else environ.get("REMOTE_ADDR", "")
            if environ.get("HTTP_X_FORWARDED_PROTO") in ("http", "https"):
                environ["wsgi.url_scheme"] = environ["HTTP_X_FORWARDED_PROTO"]
        return self.app(environ, start_response)

    def _trusted(self, text: str) -> bool:
        address = self._address(text)
        return address is not None and any(address in network for network in self.networks)

    @staticmethod
    def _address(text: str) -> Address | None:
        try:
            return parse_address(text)
        except ValueError:
            return None


def parse_address(text: str) -> Address:
    """An address; an IPv4 one that a socket for both kinds shows as IPv6 is itself again. Raises ValueError."""
    address = ipaddress.ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def network_of(text: str) -> str:
    """The neighbourhood an address belongs to, for limits: /24 (IPv4) or /56 (IPv6)."""
    try:
        address = parse_address(text)
    except ValueError:
        return "unknown"
    prefix = IPV4_PREFIX if address.version == 4 else IPV6_PREFIX
    return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))
