"""What roles are called on pages."""

from civicportal.core.i18n import lazy
from civicportal.core.permissions import Role

ROLE_TITLES = {
    Role.CITIZEN: lazy("Citizen"),
    Role.OFFICER: lazy("Officer"),
    Role.MANAGER: lazy("Manager"),
    Role.DIRECTOR: lazy("Director"),
    Role.OPERATOR: lazy("Operator"),
    Role.REVIEWER: lazy("Reviewer"),
    Role.SUPPORT: lazy("Committee support"),
}
