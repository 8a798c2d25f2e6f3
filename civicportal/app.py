"""The application factory."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from jinja2 import ChoiceLoader, PackageLoader

from civicportal.blueprints import register_blueprints
from civicportal.core import dialect
from civicportal.core.i18n import init_i18n
from civicportal.core.tasks import init_tasks
from civicportal.core.web.counting import init_counting
from civicportal.core.web.errors import init_errors
from civicportal.core.web.headers import init_headers
from civicportal.core.web.last_good import init_last_good
from civicportal.core.web.locale import init_locale
from civicportal.core.web.logs import init_logs
from civicportal.core.web.media_origin import init_media_origin
from civicportal.core.web.paging import RowIdConverter
from civicportal.core.web.proxies import TrustedProxies, parse_networks
from civicportal.core.web.refusals import init_refusals
from civicportal.core.web.templating import init_templating
from civicportal.extensions import csrf, db, limiter, login_manager, migrate
from config import ROOT, Settings


def create_app(settings: Settings) -> Flask:
    """A portal with these settings. Opens no connection until the first request or task."""
    app = Flask(
        __name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"),
        instance_path=str(Path(settings.instance_path).resolve()),
    )
    app.config.update(flask_config(settings))
    app.wsgi_app = TrustedProxies(app.wsgi_app, parse_networks(settings.trusted_proxies))  # type: ignore[method-assign]
    app.jinja_loader = ChoiceLoader([app.jinja_loader, PackageLoader("govuk_frontend_jinja")])  # type: ignore[list-item]
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    with app.app_context():
        dialect.prepare_engine(db.engine)
    init_i18n(app)
    init_locale(app)
    app.url_map.converters["int"] = RowIdConverter
    init_tasks(app)
    login_manager.init_app(app, add_context_processor=False)  # it would open the session for every page
    limiter.init_app(app)
    # Every limit is a decorator of its view and asks by itself; before each request there is nothing to look up.
    app.before_request_funcs[None].remove(limiter._check_request_limit)
    csrf.init_app(app)
    init_logs(app)
    init_counting(app)
    init_errors(app)
    init_refusals(app)
    init_last_good(app)
    init_headers(app)
    init_media_origin(app)
    init_templating(app)
    register_blueprints(app)
    return app


def flask_config(settings: Settings) -> dict[str, object]:
    """What Flask and its extensions read, from our settings."""
    hosts = [urlsplit(url).hostname for url in (settings.portal_url, settings.media_url) if url]
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "hide_parameters": True,  # an error that is shown repeats nothing of what people wrote
            **dialect.engine_options(settings.database_url, settings.database_connect_seconds),
        },
        "SESSION_COOKIE_NAME": "__Host-session" if settings.production else "session",
        "SESSION_COOKIE_SECURE": settings.production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=settings.session_max_hours),
        "TRUSTED_HOSTS": hosts if settings.production else None,
        "MAX_CONTENT_LENGTH": settings.form_max_bytes,
        "MAX_FORM_MEMORY_SIZE": settings.form_max_bytes,
        "MAX_FORM_PARTS": 200,
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365),
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "RATELIMIT_STORAGE_URI": settings.limiter_url,
        "RATELIMIT_KEY_PREFIX": settings.redis_prefix,
        "RATELIMIT_HEADERS_ENABLED": False,
    }
