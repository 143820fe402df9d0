"""What a page may reach: its own text and the built-in picture, and nothing else.

Layers (tests/domains/web/browser/test_contain.py):

1. a network namespace without a network, where the kernel grants one (keeper.py);
2. no name or address resolves, and the proxy that everything would have to pass is none (FLAGS);
3. every request of the tab is answered here (``Answers``), and the context is offline.

Of 58 attacks of which 49 reach a live server from a bare browser, 1 alone and 2 alone let none
through. 3 alone lets two: speculation rules, and TURN of WebRTC. Around them the browser's own: a
policy that refuses frames, plug-ins, forms, popups, dialogs and downloads, no service workers, a
profile in memory, another user, another origin for every page.
"""

from __future__ import annotations

import base64
from typing import Any

# Playwright's own list, which a second --disable-features would replace, and after it:
# RenderDocument: a new frame host for every document costs 15 of 55 ms of processor time, and none
#   of it is needed where every document has an origin of its own;
# the rest: what would speak to the network, preload, translate or spawn processes by itself.
_FEATURES_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AimEnabled",
    "PreconnectToSearch",
    "RenderDocument",
    "Translate",
    "AcceptCHFrame",
    "DialMediaRouteProvider",
    "Prerender2",
    "SpareRendererForSitePerProcess",
    "InterestFeedContentSuggestions",
    "AutofillServerCommunication",
    "CertificateTransparencyComponentUpdater",
)

NETWORK_FLAGS = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://proxy.invalid:9",
    "--proxy-bypass-list=<-loopback>",  # loopback goes through the proxy too
    "--dns-prefetch-disable",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-pings",
    "--no-first-run",
)

SAME_BYTES_FLAGS = (
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--disable-font-subpixel-positioning",
    "--force-color-profile=srgb",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
    "--disable-gpu",  # one rasterizer on every machine
    "--disable-checker-imaging",  # no frame without its images
    "--disable-partial-raster",  # edges differ with the part of a tile that is drawn again
    "--disable-threaded-animation",
    "--disable-smooth-scrolling",
    # Images that move show their first frame; what lies below the window is drawn.
    "--blink-settings=imageAnimationPolicy=2,mainFrameClipsContent=false",
    "--run-all-compositor-stages-before-draw",  # a frame shows what the document is now
    "--disable-new-content-rendering-timeout",
    "--lang=en-US",
)

FLAGS = (
    *NETWORK_FLAGS,
    *SAME_BYTES_FLAGS,
    f"--disable-features={','.join(_FEATURES_OFF)}",
    "--disable-notifications",
    "--disable-speech-api",
    "--disable-3d-apis",
    "--disable-logging",
    "--js-flags=--no-expose-wasm",
)

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline' data:; img-src 'self' data: blob:; "
    "font-src data:; media-src data: blob:; frame-src 'none'; object-src 'none'; "
    "form-action 'none'; "
)
_WITHOUT_SCRIPTS = _POLICY + "sandbox"
# With an origin that is its own, so that storage works as it does in the first visit of a person.
_WITH_SCRIPTS = (
    _POLICY + "script-src 'unsafe-inline' 'unsafe-eval'; sandbox allow-scripts allow-same-origin"
)

PICTURES = ("rick.jpg", "placeholder.jpg")
"""Relative names under which the built-in picture is served: Design2Code's, and a plain one."""


def context_options(scripts: bool, width: int, height: int) -> dict[str, Any]:
    """Arguments of Playwright's ``new_context``.

    Args:
      scripts: whether pages may run theirs.
      width, height: of the viewport, in pixels.
    """
    return {
        "viewport": {"width": width, "height": height},
        "screen": {"width": width, "height": height},
        "device_scale_factor": 1,
        "java_script_enabled": scripts,
        "offline": True,
        "service_workers": "block",
        "accept_downloads": False,
        "locale": "en-US",
        "timezone_id": "UTC",
        "color_scheme": "light",
        "reduced_motion": "reduce",
        "forced_colors": "none",
        "permissions": [],
    }


class Answers:
    """Answers every request of one document.

    Attributes:
      url: of the document.
    """

    def __init__(self, url: str, html: bytes, picture: bytes, scripts: bool) -> None:
        """Describe what there is.

        Args:
          url: of the document; ends with a slash.
          html: UTF-8.
          picture: bytes of a PNG.
          scripts: whether the page may run its own.
        """
        self.url = url
        self._html: bytes | None = html
        self._picture = picture
        self._policy = _WITH_SCRIPTS if scripts else _WITHOUT_SCRIPTS

    def to(self, event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The command that answers a request that the Fetch domain has paused.

        Args:
          event: of ``Fetch.requestPaused``.

        Returns:
          Method and parameters.
        """
        request, url = event["requestId"], event["request"]["url"].partition("#")[0]
        if event["resourceType"] == "Document":
            # Once: a page that loads itself again stays as it is. "Aborted" leaves what is there,
            # every other reason puts the browser's own page of the error in its place.
            if url == self.url and self._html is not None:
                html, self._html = self._html, None
                return _fulfil(request, html, "text/html; charset=utf-8", self._policy)
            return "Fetch.failRequest", {"requestId": request, "errorReason": "Aborted"}
        if url in [self.url + name for name in PICTURES]:
            return _fulfil(request, self._picture, "image/png", self._policy)
        return "Fetch.failRequest", {"requestId": request, "errorReason": "BlockedByClient"}


def _fulfil(request: str, body: bytes, kind: str, policy: str) -> tuple[str, dict[str, Any]]:
    headers = {
        "content-type": kind,
        "content-security-policy": policy,
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-dns-prefetch-control": "off",
        "referrer-policy": "no-referrer",
    }
    return "Fetch.fulfillRequest", {
        "requestId": request,
        "responseCode": 200,
        "responseHeaders": [{"name": name, "value": value} for name, value in headers.items()],
        "body": base64.b64encode(body).decode(),
    }
