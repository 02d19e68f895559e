"""Whose calls we take: listed networks, and the registrar that knows us. PURE."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from gateway.errors import StartRefused


class Peers:
    """Networks that may call; the registrar's address joins when it has answered us."""

    def __init__(self, allowed: list[str], registrar: str | None) -> None:
        self._networks: set[IPv4Network | IPv6Network] = set()
        for text in allowed:
            try:
                self._networks.add(ip_network(text, strict=False))
            except ValueError as error:
                raise StartRefused(f"line.allowed_peers: {error}") from error
        if registrar:
            self.trust(registrar)

    def trust(self, address: str) -> None:
        """Accept calls from this address ("host" or "host:port"); a name is left alone."""
        try:
            self._networks.add(ip_network(host_of(address)))
        except ValueError:
            return  # a name: its address is known when it answers

    def allow(self, source: str) -> bool:
        """Whether a message from "host:port" may bring a call."""
        try:
            address = ip_address(host_of(source))
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def host_of(address: str) -> str:
    """The host in "host", "host:port", "[v6]:port" or a bare IPv6 address."""
    if address.startswith("["):
        return address[1:].split("]")[0]
    return address.split(":")[0] if address.count(":") == 1 else address
