"""Short HTTP requests to this machine's own servers, never through a proxy."""

import http.client
import ssl
import urllib.error
import urllib.request


def fetch(url: str, seconds: float = 3, tls: ssl.SSLContext | None = None, accept: str = "*/*") -> tuple[int, str]:
    """Status and body of a GET; status 0 if nobody answers in time."""
    handlers = [urllib.request.ProxyHandler({})]
    if tls is not None:
        handlers.append(urllib.request.HTTPSHandler(context=tls))
    request = urllib.request.Request(url, headers={"Accept": accept})
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=seconds) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
