"""Write side of votes: one imperative verb per function, the actor first."""

from civicportal.voting.services.casting import Change, Receipt, cast, cast_open
from civicportal.voting.services.closing import extend_box
from civicportal.voting.services.electorates import admit_newcomers
from civicportal.voting.services.opening import move_box, open_box, open_due, plan_box, void_box
from civicportal.voting.services.refusals import AlreadyVoted, BoxClosed, Clash, Interrupted, NotEligible, NotOpenYet
from civicportal.voting.services.silence import declare_silence
from civicportal.voting.services.thresholds import set_policy

__all__ = [
    "AlreadyVoted", "BoxClosed", "Change", "Clash", "Interrupted", "NotEligible", "NotOpenYet", "Receipt",
    "admit_newcomers", "cast", "cast_open", "declare_silence", "extend_box", "move_box", "open_box", "open_due",
    "plan_box", "set_policy", "void_box",
]
