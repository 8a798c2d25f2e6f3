"""Security headers and caching, set once for every answer."""

from flask import Flask, Response, current_app, request, session

# Hash of the one inline line that GOV.UK Frontend needs before its module runs (templates/layouts/base.html).
FRONTEND_HASH = "sha256-GUQ5ad8JK5KmEWmROf3LZd9ge94daqNvd8xy9YS1iDw="
POLICY = "; ".join([
    "default-src 'none'", f"script-src 'self' '{FRONTEND_HASH}'", "style-src 'self'", "img-src 'self'",
    "font-src 'self'", "connect-src 'self'", "manifest-src 'self'", "form-action 'self'", "base-uri 'none'",
    "frame-ancestors 'none'",
])
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
}
PUBLIC_SECONDS = 30


def init_headers(app: Flask) -> None:
    """Register the after-request hook."""

    @app.after_request
    def dress(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if app.config["SETTINGS"].portal_url.startswith("https://"):
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = _caching(response)
        response.vary.add("Cookie")
        return response


def _caching(response: Response) -> str:
    plain = request.method in ("GET", "HEAD") and response.status_code == 200
    private = current_app.config["SESSION_COOKIE_NAME"] in request.cookies or session.modified
    return f"public, max-age={PUBLIC_SECONDS}" if plain and not private else "private, no-store"


def clear(response: Response) -> Response:
    """Have the browser forget the pages of a sign-in that has ended (ASVS 14.3.1). The cookie is cleared apart."""
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def seal(response: Response) -> Response:
    """Mark an answer whose address is itself a secret: never stored, never told to another site."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
