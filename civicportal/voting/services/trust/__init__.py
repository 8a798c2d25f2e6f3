"""What outsiders do to keep a vote honest, and what it makes people decide."""

from civicportal.voting.services.trust.claims import Lodged, find_claims, lodge_claim, settle_claim
from civicportal.voting.services.trust.disputes import contest, decide_dispute, enough, mark_suspects, weigh
from civicportal.voting.services.trust.observers import confirm_head, mail_heads, observe, unobserve

__all__ = [
    "Lodged", "confirm_head", "contest", "decide_dispute", "enough", "find_claims", "lodge_claim", "mail_heads",
    "mark_suspects", "observe", "settle_claim", "unobserve", "weigh",
]
