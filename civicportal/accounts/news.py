"""What other packages may want to hear about people."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AddressConfirmed:
    """A person's address was confirmed. `former_id` is the unconfirmed row that filed, which is the same one
    unless an account with this address was there already; what hung on the former belongs to the person now."""

    person_id: int
    former_id: int


@dataclass(frozen=True)
class IdentityConfirmed:
    """An identity provider has said who the person is."""

    person_id: int


@dataclass(frozen=True)
class StaffLeft:
    """Somebody no longer works here. Open work goes to `successor_id` where that person may do it, else to the desk."""

    person_id: int
    successor_id: int | None


@dataclass(frozen=True)
class AccountDeleted:
    """The account is gone. Its row stays without personal data, for the acts that name it."""

    person_id: int
