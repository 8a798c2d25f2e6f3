"""Settings stop the start by name and never repeat a secret."""

import base64

import pytest

from config import SettingsError, from_env

SEED = base64.b64encode(b"k" * 32).decode()
GOOD = {
    "PORTAL_MODE": "production", "DATABASE_URL": "postgresql+psycopg://u:p@db/portal", "REDIS_URL": "redis://r/0",
    "SMTP_URL": "smtp://mail:25", "SECRET_KEY": "s" * 40, "IDENTITY_KEY": "i" * 40,
    "RECEIPT_SIGNING_KEYS": f"2026a:{SEED}", "PORTAL_URL": "https://portal.example", "MEDIA_ROOT": "/srv/media",
    "TRUSTED_PROXIES": "10.0.0.0/8",
}


def test_a_whole_production_environment_is_taken():
    settings = from_env(GOOD, process="web")
    assert settings.production
    assert settings.sender == "no-reply@portal.example"


@pytest.mark.parametrize("name", sorted(set(GOOD) - {"PORTAL_MODE"}))
def test_what_is_missing_in_production_is_named(name):
    with pytest.raises(SettingsError, match=f"{name}: is missing"):
        from_env({key: value for key, value in GOOD.items() if key != name}, process="web")


@pytest.mark.parametrize(("name", "value"), [
    ("DATABASE_URL", "mysql://secret"), ("REDIS_URL", "memory://"), ("SMTP_URL", "http://secret"),
    ("SECRET_KEY", "secret"), ("IDENTITY_KEY", "secret"), ("RECEIPT_SIGNING_KEYS", "a:secret"),
    ("PORTAL_URL", "http://secret.example"), ("PORTAL_URL", "https://portal.example/path"),
    ("MEDIA_ROOT", "secret/media"),
    ("TRUSTED_PROXIES", "secret"), ("LOCALES", "ko,secret"), ("LOCALES", ","),
    ("RECEIPT_VERIFY_KEYS", "portal.example/receipt/a+secret"), ("RECEIPT_VERIFY_KEYS", "secret"),
    ("PUBLICATION_CHECK_HOURS", "0"), ("APPEAL_DAYS", "0"), ("REFUSAL_COUNT_STEP", "0"),
    ("PAGE_SIZE", "secret"), ("LOG_SIGNING_KEY", "a:secret"), ("PORTAL_MODE", "secret"),
])
def test_what_is_malformed_is_named_and_not_repeated(name, value):
    with pytest.raises(SettingsError, match=name) as caught:
        from_env({**GOOD, name: value}, process="worker")
    assert "secret" not in str(caught.value)


def test_the_log_key_belongs_to_the_worker_alone():
    with pytest.raises(SettingsError, match="LOG_SIGNING_KEY: must not be given to the web process"):
        from_env({**GOOD, "LOG_SIGNING_KEY": f"log:{SEED}"}, process="web")
    with pytest.raises(SettingsError, match="LOG_SIGNING_KEY: is missing"):
        from_env(GOOD, process="worker")
    worker = {**GOOD, "LOG_SIGNING_KEY": f"log:{SEED}", "LOG_HEADS_ROOT": "/srv/heads",
              "ERASURES_ROOT": "/srv/erasures"}
    assert from_env(worker, process="worker").log_signing_key


def test_commands_of_flask_may_sign_the_demo_and_the_web_may_not():
    command = from_env({"FLASK_RUN_FROM_CLI": "true"})
    assert (command.process, bool(command.log_signing_key)) == ("cli", True)
    assert from_env({"FLASK_RUN_FROM_CLI": "true", "PORTAL_PROCESS": "web"}).log_signing_key == ""
    assert from_env({}).log_signing_key == ""


def test_production_asks_for_a_second_factor_and_the_demonstration_does_not():
    assert from_env({}).second_factor == "off"
    assert from_env({"SECOND_FACTOR": "on"}).second_factor == "on"
    assert from_env(GOOD, process="web").second_factor == "on"
    with pytest.raises(SettingsError, match="SECOND_FACTOR: must be on in production"):
        from_env({**GOOD, "SECOND_FACTOR": "off"}, process="web")
    with pytest.raises(SettingsError, match="SECOND_FACTOR: must be on or off"):
        from_env({"SECOND_FACTOR": "perhaps"})


OIDC = {"OIDC_ISSUER": "https://id.example/realms/staff", "OIDC_CLIENT_ID": "portal", "OIDC_CLIENT_SECRET": "hidden",
        "OIDC_TITLE_KO": "통합로그인"}


def test_an_openid_provider_is_set_as_a_whole():
    assert from_env(GOOD, process="web").oidc_title("en") == ""
    whole = from_env({**GOOD, **OIDC, "OIDC_SECOND_FACTOR_ACR": "urn:two, urn:three"}, process="web")
    assert (whole.oidc_title("ko"), whole.oidc_title("en")) == ("통합로그인", "통합로그인")
    assert (whole.oidc_second_factor_acr, whole.oidc_second_factor_amr) == (("urn:two", "urn:three"), ())
    for name in OIDC:
        with pytest.raises(SettingsError, match=name) as caught:
            from_env({**GOOD, **{key: value for key, value in OIDC.items() if key != name}}, process="web")
        assert "hidden" not in str(caught.value)
    with pytest.raises(SettingsError, match="OIDC_ISSUER: is missing"):
        from_env({"OIDC_SECOND_FACTOR_AMR": "mfa"})


@pytest.mark.parametrize("issuer", [
    "http://id.example", "id.example", "https://", "https://id.example/?a=1", "https://id.example/#a",
    "https://u:p@id.example", "ftp://id.example"])
def test_an_issuer_is_an_encrypted_address_in_production(issuer):
    with pytest.raises(SettingsError, match="OIDC_ISSUER: must"):
        from_env({**GOOD, **OIDC, "OIDC_ISSUER": issuer}, process="web")
    assert from_env({**OIDC, "OIDC_ISSUER": "http://127.0.0.1:8080/realms/staff"}).oidc_client_id == "portal"


def test_every_problem_is_told_at_once():
    with pytest.raises(SettingsError) as caught:
        from_env({"PORTAL_MODE": "production"}, process="web")
    assert str(caught.value).count("is missing") == 9


def test_development_needs_nothing_and_takes_what_it_is_given():
    assert from_env({}).database_url.startswith("sqlite:///")
    assert from_env({"DATABASE_URL": GOOD["DATABASE_URL"]}).database_url == GOOD["DATABASE_URL"]


def test_secrets_do_not_show_when_settings_are_printed():
    worker = {**GOOD, "LOG_SIGNING_KEY": f"log:{SEED}", "LOG_HEADS_ROOT": "/srv/heads",
              "ERASURES_ROOT": "/srv/erasures"}
    shown = repr(from_env({**worker, **OIDC}, process="worker"))
    assert "hidden" not in shown
    assert SEED not in shown
    assert "s" * 40 not in shown
    assert "i" * 40 not in shown


@pytest.mark.parametrize("name", ["PORTAL_URL", "DATABASE_URL", "MEDIA_URL", "SMTP_URL"])
def test_what_is_no_address_at_all_is_named(name):
    with pytest.raises(SettingsError, match=f"^{name}: "):
        from_env({name: "https://["})
