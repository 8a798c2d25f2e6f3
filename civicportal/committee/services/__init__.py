"""Write side of bodies, their queue and their decisions: one imperative verb per function, the actor first."""

from civicportal.committee.services import votes
from civicportal.committee.services.bodies import (
    BodyFields,
    SeatFields,
    add_body,
    add_member,
    save_body,
    save_member,
)
from civicportal.committee.services.decisions import record_decision
from civicportal.committee.services.holding import CHANGED
from civicportal.committee.services.intake import queue_waiting
from civicportal.committee.services.joining import KEEPERS, extend_item, join_items, unjoin
from civicportal.committee.services.motions import RECUSING, RIGHTS, obstacle, open_motion, recuse, vote

__all__ = [
    "CHANGED", "KEEPERS", "RECUSING", "RIGHTS", "BodyFields", "SeatFields", "add_body", "add_member", "extend_item",
    "join_items", "obstacle", "open_motion", "queue_waiting", "record_decision", "recuse", "save_body", "save_member",
    "unjoin", "vote", "votes",
]
