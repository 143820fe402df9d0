"""An OpenAI-compatible server on this machine that does as it is told, well or badly."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def completion(text, usage=(10, 5), finish="stop"):
    found = {
        "model": "served-1",
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": finish}],
    }
    if usage:
        found["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
    return json.dumps(found)


class LocalEndpoint:
    """Attributes: url; requests, the (headers, body) of all; most_at_once, requests in work.

    ``reply(body, number)`` says what to do with a request: a text to answer with; (status, headers,
    body); or "close" to hang up.
    """

    def __init__(self, reply, delay_s=0.0):
        self.reply, self.delay_s = reply, delay_s
        self.requests, self.most_at_once, self._now = [], 0, 0
        self._lock = threading.Lock()

    def handle(self, handler):
        body = json.loads(handler.rfile.read(int(handler.headers["content-length"])))
        with self._lock:
            number = len(self.requests)
            self.requests.append(
                (
                    {k.lower(): v for k, v in handler.headers.items()},
                    body,
                    time.monotonic(),
                    handler.path,
                )
            )
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        try:
            time.sleep(self.delay_s)
            answer = self.reply(body, number)
        finally:
            with self._lock:
                self._now -= 1
        if answer == "close":
            handler.close_connection = True
            return
        status, headers, text = answer if isinstance(answer, tuple) else (200, {}, None)
        data = (completion(answer) if text is None else text).encode()
        handler.send_response(status)
        for name, value in {**headers, "content-length": str(len(data))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            handler.wfile.write(data)


@contextlib.contextmanager
def serving(reply, delay_s=0.0):
    """A LocalEndpoint for as long as the context lasts."""
    endpoint = LocalEndpoint(reply, delay_s)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            endpoint.handle(self)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.request_queue_size = 128
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
