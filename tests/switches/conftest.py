"""Letters of the tests' own, mailed into a folder of the test's own."""

from tests.notifications.conftest import configure, letters, mails  # noqa: F401 - fixtures
