"""Who may do what: one enum of permissions, one table from role to permissions.

A role is held in a scope (the whole portal, or one institution). `Actor` is what services receive: a person's
standing at this moment, without the person's data.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Permission(StrEnum):
    """Named `subject:act`. A view asks for one; the object policy then looks at the scope."""

    ACCOUNT_OWN = "account:own"
    PETITION_FILE = "petition:file"
    PETITION_OWN = "petition:own"
    DESK_SEE = "desk:see"
    MATTER_TAKE = "matter:take"
    MATTER_ASSIGN = "matter:assign"
    MATTER_TRANSFER = "matter:transfer"
    MATTER_ANSWER = "matter:answer"
    MATTER_PUBLISH = "matter:publish"
    MATTER_REANSWER = "matter:reanswer"
    TRIAGE_DECIDE = "triage:decide"
    PUBLICATION_DECIDE = "publication:decide"
    INSTITUTION_EDIT = "institution:edit"
    GRANT_EDIT = "grant:edit"
    DELIVERY_SEE = "delivery:see"
    SWITCH_SET = "switch:set"
    CALENDAR_EDIT = "calendar:edit"
    RECORDS_KEEP = "records:keep"
    VOTE_CAST = "vote:cast"
    VOTE_RUN = "vote:run"
    POLICY_SET = "policy:set"
    FORUM_JOIN = "forum:join"
    TASK_REVIEW = "task:review"
    TASK_SUPPORT = "task:support"
    COMMITTEE_RECORD = "committee:record"


class Role(StrEnum):
    """Roles as grants name them. Every confirmed person is a citizen without a grant."""

    CITIZEN = "citizen"
    OFFICER = "officer"
    MANAGER = "manager"
    DIRECTOR = "director"
    OPERATOR = "operator"
    REVIEWER = "reviewer"
    SUPPORT = "support"


class Scope(StrEnum):
    """Where a role holds."""

    PORTAL = "portal"
    INSTITUTION = "institution"


_CITIZEN = frozenset({
    Permission.ACCOUNT_OWN, Permission.PETITION_FILE, Permission.PETITION_OWN, Permission.VOTE_CAST,
    Permission.FORUM_JOIN,
})
_OFFICER = frozenset({
    Permission.DESK_SEE, Permission.MATTER_TAKE, Permission.MATTER_TRANSFER,
    Permission.MATTER_ANSWER, Permission.MATTER_PUBLISH,
})
_MANAGER = _OFFICER | {Permission.MATTER_ASSIGN, Permission.MATTER_REANSWER}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CITIZEN: _CITIZEN,
    Role.OFFICER: _OFFICER,
    Role.MANAGER: _MANAGER,
    Role.DIRECTOR: _MANAGER,
    Role.OPERATOR: frozenset({
        Permission.TRIAGE_DECIDE, Permission.INSTITUTION_EDIT, Permission.GRANT_EDIT, Permission.DELIVERY_SEE,
        Permission.VOTE_RUN, Permission.POLICY_SET, Permission.SWITCH_SET, Permission.RECORDS_KEEP,
        Permission.PUBLICATION_DECIDE, Permission.CALENDAR_EDIT,
    }),
    Role.REVIEWER: frozenset({Permission.TASK_REVIEW}),
    Role.SUPPORT: frozenset({Permission.TASK_SUPPORT, Permission.COMMITTEE_RECORD}),
}
ROLE_SCOPE: dict[Role, Scope] = {
    Role.CITIZEN: Scope.PORTAL,
    Role.OFFICER: Scope.INSTITUTION,
    Role.MANAGER: Scope.INSTITUTION,
    Role.DIRECTOR: Scope.INSTITUTION,
    Role.OPERATOR: Scope.PORTAL,
    Role.REVIEWER: Scope.PORTAL,
    Role.SUPPORT: Scope.PORTAL,
}


@dataclass(frozen=True)
class Held:
    """A role held now, with the institution it is held at (None: the whole portal)."""

    role: Role
    institution_id: int | None = None


@dataclass(frozen=True)
class Actor:
    """Who acts. `person_id` is None for the system itself. `level`: 0 to 2, how sure the identity is."""

    person_id: int | None
    name: str = ""
    level: int = 0
    locale: str = "ko"
    held: tuple[Held, ...] = field(default=())

    def can(self, permission: Permission, institution_id: int | None = None) -> bool:
        """Whether a held role carries the permission; with an institution: at that one (or portal-wide)."""
        return any(
            permission in ROLE_PERMISSIONS[held.role]
            and (institution_id is None or held.institution_id in (None, institution_id))
            for held in self.held
        )

    def institutions(self, permission: Permission) -> tuple[int, ...]:
        """The institutions at which a held role carries the permission."""
        return tuple(sorted({
            held.institution_id for held in self.held
            if held.institution_id is not None and permission in ROLE_PERMISSIONS[held.role]
        }))

    @property
    def is_staff(self) -> bool:
        return self.can(Permission.DESK_SEE)

    @property
    def is_operator(self) -> bool:
        return self.can(Permission.TRIAGE_DECIDE)


SYSTEM = Actor(person_id=None, name="system", level=2)
