"""A server on loopback that counts whoever speaks to it: HTTP, any TCP at all, and UDP."""

from __future__ import annotations

import selectors
import socket
import threading

_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nAccess-Control-Allow-Origin: *\r\n"
    b"Content-Length: 2\r\nConnection: close\r\n\r\nhi"
)


class Listener:
    """A context manager.

    Attributes:
      port: of both TCP and UDP.
      hits: first line of each connection, or "udp" for a datagram.
    """

    def __enter__(self) -> Listener:
        self.hits: list[str] = []
        self._tcp = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._tcp.getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        self._end, end = socket.socketpair()
        self._select = selectors.DefaultSelector()
        for peer in (self._tcp, self._udp, end):
            self._select.register(peer, selectors.EVENT_READ)
        self._other_end = end
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._end.close()
        self._thread.join()
        for peer in (self._tcp, self._udp, self._other_end):
            peer.close()
        self._select.close()

    def taken(self) -> list[str]:
        """The hits since the last call."""
        hits, self.hits = self.hits, []
        return hits

    def _serve(self) -> None:
        while True:
            for key, _ in self._select.select():
                if key.fileobj is self._other_end:
                    return
                if key.fileobj is self._udp:
                    self._udp.recv(4096)
                    self.hits.append("udp")
                    continue
                peer, _address = self._tcp.accept()
                threading.Thread(target=self._answer, args=(peer,), daemon=True).start()

    def _answer(self, peer: socket.socket) -> None:
        with peer:
            peer.settimeout(2.0)
            try:
                line = peer.recv(4096).partition(b"\r\n")[0]
                self.hits.append(line.decode("latin-1") or "connect")
                peer.sendall(_ANSWER)
            except OSError:
                self.hits.append("connect")
