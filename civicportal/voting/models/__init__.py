"""Tables of boxes, voters, ballots and the public log."""

from civicportal.voting.models.ballots import (
    Ballot,
    ElectorateCount,
    ElectorateMember,
    PendingBallot,
    RollEntry,
)
from civicportal.voting.models.boxes import Box, BoxExtension, BoxHead, Crossing, Round, Silence, ThresholdPolicy
from civicportal.voting.models.log import Head, Log, LogBreak, LogLeaf, LogTile, SigningKey
from civicportal.voting.models.trust import Contest, Dispute, Observer, PromiseClaim, Suspect

__all__ = [
    "Ballot", "Box", "BoxExtension", "BoxHead", "Contest", "Crossing", "Dispute", "ElectorateCount",
    "ElectorateMember", "Head", "Log", "LogBreak", "LogLeaf", "LogTile", "Observer", "PendingBallot", "PromiseClaim",
    "RollEntry", "Round", "SigningKey", "Silence", "Suspect", "ThresholdPolicy",
]
