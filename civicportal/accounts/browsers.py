"""A short label for a browser, so that people recognise their own sign-ins."""

_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Whale/", "Whale"),
    ("KAKAOTALK", "KakaoTalk"), ("NAVER(", "NAVER"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)


def browser_label(user_agent: str) -> str:
    """Such as `Firefox, Windows`; empty when neither browser nor system is known."""
    parts = (_first(user_agent, _BROWSERS), _first(user_agent, _SYSTEMS))
    return ", ".join(part for part in parts if part)


def _first(user_agent: str, table: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in table if mark in user_agent), "")
