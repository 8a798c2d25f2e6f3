"""Settings: read once from the environment, checked, frozen. What is wrong stops the start, by name."""

import base64
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from civicportal.core import setting_checks
from civicportal.core.setting_checks import DEVELOPMENT_KEY, parts_of

ROOT = Path(__file__).resolve().parent
TRANSLATIONS = ROOT / "civicportal" / "translations"
REQUIRED = (
    "DATABASE_URL", "REDIS_URL", "SMTP_URL", "SECRET_KEY", "IDENTITY_KEY", "RECEIPT_SIGNING_KEYS",
    "PORTAL_URL", "MEDIA_ROOT", "TRUSTED_PROXIES",
)
REQUIRED_OF_WORKER = ("LOG_SIGNING_KEY", "LOG_HEADS_ROOT", "ERASURES_ROOT")


class SettingsError(ValueError):
    """A setting is missing or malformed; the text names it and never repeats its value."""


@dataclass(frozen=True)
class Settings:
    """Everything an installation may set. Sizes in bytes; the unit of a time is in its name."""

    mode: str = "development"
    process: str = "web"
    database_url: str = field(default="", repr=False)
    redis_url: str = field(default="", repr=False)
    redis_prefix: str = "civicportal:"
    smtp_url: str = field(default="", repr=False)
    secret_key: str = field(default=DEVELOPMENT_KEY, repr=False)
    identity_key: str = field(default=DEVELOPMENT_KEY, repr=False)
    receipt_signing_keys: str = field(default="", repr=False)
    receipt_verify_keys: str = ""
    log_signing_key: str = field(default="", repr=False)
    portal_url: str = "http://127.0.0.1:8000"
    instance_path: str = str(ROOT / "instance")
    media_root: str = ""
    media_url: str = ""
    trusted_proxies: str = ""
    database_connect_seconds: int = 5
    last_good_root: str = ""
    last_good_max_bytes: int = 64 * 1024 * 1024
    last_good_hours: int = 24
    last_good_refresh_seconds: int = 60
    metrics_token: str = field(default="", repr=False)
    metrics_networks: str = ""
    metrics_root: str = ""
    log_format: str = "text"
    portal_name_ko: str = "열린민원"
    portal_name_en: str = "Civic Portal"
    operator_name_ko: str = "포털 운영팀"
    operator_name_en: str = "Portal team"
    mail_from: str = ""
    contact_address: str = ""
    source_url: str = ""
    timezone: str = "Asia/Seoul"
    holiday_country: str = "KR"
    locales: tuple[str, ...] = ("ko", "en")
    upload_max_files: int = 5
    upload_max_bytes: int = 10 * 1024 * 1024
    upload_chunk_bytes: int = 512 * 1024
    clamd_url: str = ""
    clamd_seconds: int = 20
    preview_seconds: int = 60
    preview_memory_bytes: int = 2 * 1024 ** 3
    preview_max_bytes: int = 50 * 1024 * 1024
    preview_tries: int = 3
    orphan_hours: int = 48
    form_max_bytes: int = 1024 * 1024
    text_max_characters: int = 20_000
    title_max_characters: int = 120
    session_idle_minutes: int = 60
    session_max_hours: int = 12
    second_factor: str = "on"
    second_factor_tries: int = 5
    second_factor_wait_minutes: int = 15
    step_up_minutes: int = 10
    passkeys_per_person: int = 5
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_title_ko: str = ""
    oidc_title_en: str = ""
    oidc_second_factor_acr: tuple[str, ...] = ()
    oidc_second_factor_amr: tuple[str, ...] = ()
    oidc_skew_seconds: int = 60
    oidc_seconds: int = 5
    oidc_max_bytes: int = 256 * 1024
    oidc_cache_minutes: int = 60
    oidc_request_minutes: int = 10
    draft_days: int = 30
    drafts_per_network_per_hour: int = 60
    confirm_days: int = 7
    readdress_minutes: int = 60
    remind_days: int = 3
    page_size: int = 20
    due_soon_days: int = 2
    transfers_before_triage: int = 2
    additions_per_petition: int = 20
    notes_per_matter: int = 200
    note_max_characters: int = 4_000
    representatives_per_petition: int = 3
    entry_days_back: int = 30
    satisfaction_batch: int = 5
    publication_check_hours: int = 24
    appeal_days: int = 10
    refusal_count_step: int = 5
    matter_view_days: int = 730
    subjects_per_matter: int = 10
    refusals_kept_per_day: int = 50
    exports_per_day: int = 3
    export_max_rows: int = 500
    limit_network: str = "60 per 10 minutes"
    limit_address: str = "6 per 10 minutes"
    limit_account: str = "20 per 10 minutes"
    queue_age_max_seconds: int = 300
    beat_silence_max_seconds: int = 60
    log_heads_root: str = ""
    erasures_root: str = ""
    ballot_batch_min: int = 10
    ballot_batch_minutes: int = 10
    promise_minutes: int = 10
    check_days: int = 7
    dispute_days: int = 14
    vote_max_days: int = 400
    vote_makeup_hours: int = 24
    switch_max_days: int = 30
    silence_max_days: int = 60
    review_days: int = 14
    return_days: int = 30
    reading_days: int = 14
    voting_days: int = 30
    tasks_per_person: int = 5
    tasks_days: int = 30
    versions_per_day: int = 5
    versions_per_task: int = 30
    argument_max_characters: int = 1000
    arguments_per_person: int = 10
    similar_shown: int = 5
    committee_days: int = 30
    committee_capacity: int = 4
    strategy_days: int = 90
    motion_days: int = 7
    backup_recipients: str = ""
    backup_keys_recipient: str = ""
    backup_keep: int = 14
    backup_max_hours: int = 0

    @property
    def production(self) -> bool:
        """Whether console twins, `/dev` pages and demo accounts are out of reach."""
        return self.mode == "production"

    @property
    def broker_url(self) -> str:
        """`redis_url` as kombu spells it."""
        return self.redis_url.replace("unix://", "redis+socket://", 1)

    @property
    def limiter_url(self) -> str:
        """`redis_url` as the rate limiter spells it."""
        return self.redis_url.replace("unix://", "redis+unix://", 1)

    def portal_name(self, locale: str) -> str:
        """The portal's name in a language; English where there is none in that language."""
        return str(getattr(self, f"portal_name_{locale}", self.portal_name_en))

    def operator_name(self, locale: str) -> str:
        """What the desk that runs the portal is called in a language."""
        return str(getattr(self, f"operator_name_{locale}", self.operator_name_en))

    def oidc_title(self, locale: str) -> str:
        """What the OpenID provider is called in a language; empty where none is set."""
        return str(getattr(self, f"oidc_title_{locale}", "")) or self.oidc_title_en or self.oidc_title_ko

    @property
    def sender(self) -> str:
        """Address in the From line of mails."""
        return self.mail_from or f"no-reply@{urlsplit(self.portal_url).hostname}"


def from_env(environ: Mapping[str, str] | None = None, *, process: str | None = None) -> Settings:
    """Settings from the environment; anything not set keeps its default.

    `process`: `web`, `worker` or `cli`, which commands of `flask` are by themselves. Raises SettingsError naming every
    setting that is missing or malformed.
    """
    env = dict(os.environ if environ is None else environ)
    mode = env.get("PORTAL_MODE", "development")
    if mode not in ("development", "production"):
        raise SettingsError("PORTAL_MODE: must be development or production")
    usual = "cli" if env.get("FLASK_RUN_FROM_CLI") == "true" else "web"
    values = _typed(env) | {"mode": mode, "process": process or env.get("PORTAL_PROCESS", usual)}
    settings = Settings(**(_development_defaults(values) if mode == "development" else values))
    problems = list(_problems(settings, env))
    if problems:
        raise SettingsError("; ".join(problems))
    return settings


def _typed(env: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for item in fields(Settings):
        raw = env.get(item.name.upper())
        if raw is None or item.name in ("mode", "process"):
            continue
        if isinstance(item.default, int):
            if not raw.isdigit():
                raise SettingsError(f"{item.name.upper()}: must be a whole number")
            values[item.name] = int(raw)
        elif isinstance(item.default, tuple):
            values[item.name] = tuple(part.strip() for part in raw.split(",") if part.strip())
        else:
            values[item.name] = raw
    return values


def _development_defaults(values: dict[str, Any]) -> dict[str, Any]:
    instance = Path(str(values.get("instance_path") or ROOT / "instance"))
    return {
        "database_url": f"sqlite:///{instance / 'portal.sqlite'}",
        "redis_url": f"unix://{instance / 'broker.sock'}",
        "media_root": str(instance / "media"),
        "last_good_root": str(instance / "last-good"),
        "log_heads_root": str(instance / "heads"),
        "erasures_root": str(instance / "erasures"),
        "second_factor": "off",
        "receipt_signing_keys": "development:" + base64.b64encode(b"development-receipt-key-32-bytes").decode(),
    } | ({} if values.get("process") == "web" else {
        "log_signing_key": "development:" + base64.b64encode(b"development-pub-log-key-32-bytes").decode(),
    }) | values


def _problems(settings: Settings, env: Mapping[str, str]) -> list[str]:
    found = []
    if settings.production:
        found += [f"{name}: is missing" for name in REQUIRED if name not in env]
        wanted = REQUIRED_OF_WORKER if settings.process == "worker" else ()
        found += [f"{name}: is missing" for name in wanted if name not in env]
    if not settings.locales or not all(map(_is_translated, settings.locales)):
        found.append("LOCALES: must be languages with a folder in civicportal/translations, separated by commas")
    if settings.log_signing_key and settings.process == "web":
        found.append("LOG_SIGNING_KEY: must not be given to the web process")
    if settings.backup_keys_recipient and settings.backup_keys_recipient in settings.backup_recipients:
        found.append("BACKUP_KEYS_RECIPIENT: must be none of BACKUP_RECIPIENTS, or one person could open everything")
    found += _file_problems(settings) + _oidc_problems(settings)
    missing = {line.split(":")[0] for line in found}
    for name, check in _CHECKS.items():
        value = str(getattr(settings, name.lower()))
        if name not in missing and (value or name in env):
            sentence = check(value, settings.production)
            if sentence:
                found.append(f"{name}: {sentence}")
    return found


def _file_problems(settings: Settings) -> list[str]:
    found = []
    if settings.media_url and parts_of(settings.media_url).netloc == parts_of(settings.portal_url).netloc:
        found.append("MEDIA_URL: must be another host than that of PORTAL_URL, or not be set")
    if not 0 < settings.upload_chunk_bytes < settings.form_max_bytes:
        found.append("UPLOAD_CHUNK_BYTES: must be less than FORM_MAX_BYTES")
    return found


def _oidc_problems(settings: Settings) -> list[str]:
    """An OpenID provider is set as a whole or not at all: half a setting would be found out by who signs in."""
    wanted = {
        "OIDC_ISSUER": settings.oidc_issuer, "OIDC_CLIENT_ID": settings.oidc_client_id,
        "OIDC_CLIENT_SECRET": settings.oidc_client_secret, "OIDC_TITLE_KO or OIDC_TITLE_EN": settings.oidc_title("en"),
    }
    begun = any(wanted.values()) or settings.oidc_second_factor_acr or settings.oidc_second_factor_amr
    return [f"{name}: is missing beside other OIDC_ settings" for name, value in wanted.items() if begun and not value]


def _is_translated(locale: str) -> bool:
    return re.fullmatch(r"[A-Za-z_]{2,8}", locale) is not None and (TRANSLATIONS / locale).is_dir()


_CHECKS: dict[str, Callable[[str, bool], str]] = {
    "DATABASE_URL": setting_checks.scheme("sqlite", "postgresql+psycopg"),
    "REDIS_URL": setting_checks.broker,
    "SMTP_URL": setting_checks.scheme("smtp", "smtps", "smtp+starttls"),
    "SECRET_KEY": setting_checks.key,
    "IDENTITY_KEY": setting_checks.key,
    "RECEIPT_SIGNING_KEYS": setting_checks.signing_keys,
    "RECEIPT_VERIFY_KEYS": setting_checks.verify_keys,
    "LOG_SIGNING_KEY": setting_checks.signing_keys,
    "PORTAL_URL": setting_checks.portal_url,
    "MEDIA_ROOT": setting_checks.store,
    "MEDIA_URL": setting_checks.portal_url,
    "OIDC_ISSUER": setting_checks.issuer,
    "CLAMD_URL": setting_checks.scheme("unix", "tcp"),
    "SECOND_FACTOR": setting_checks.second_factor,
    "LOG_HEADS_ROOT": setting_checks.folder,
    "LAST_GOOD_ROOT": setting_checks.folder,
    "ERASURES_ROOT": setting_checks.folder,
    "TRUSTED_PROXIES": setting_checks.networks,
    "BACKUP_RECIPIENTS": setting_checks.recipients,
    "BACKUP_KEYS_RECIPIENT": setting_checks.recipients,
    "METRICS_TOKEN": setting_checks.key,
    "METRICS_NETWORKS": setting_checks.networks,
    "METRICS_ROOT": setting_checks.folder,
    "LOG_FORMAT": lambda value, _production: "" if value in ("text", "json") else "must be text or json",
    **dict.fromkeys((
        "PUBLICATION_CHECK_HOURS", "APPEAL_DAYS", "REFUSAL_COUNT_STEP", "OIDC_SECONDS", "OIDC_MAX_BYTES",
        "OIDC_CACHE_MINUTES", "OIDC_REQUEST_MINUTES",
    ), lambda value, _production: "" if int(value) > 0 else "must be at least 1"),
}
