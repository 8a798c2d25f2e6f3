"""Threshold policies: the versions of a scope, and which is in force."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from civicportal.core.transactions import current
from civicportal.voting.models import Round, ThresholdPolicy


def policy_in_force(scope: str, at: datetime) -> ThresholdPolicy | None:
    """The version of a scope's policy that is in force at an instant, None before the first."""
    return current().scalar(
        select(ThresholdPolicy).where(ThresholdPolicy.scope == scope, ThresholdPolicy.in_force_at <= at)
        .order_by(ThresholdPolicy.version.desc()).limit(1))


def latest_version(scope: str) -> ThresholdPolicy | None:
    """The version that was set last, in force or yet to come."""
    return current().scalar(
        select(ThresholdPolicy).where(ThresholdPolicy.scope == scope)
        .order_by(ThresholdPolicy.version.desc()).limit(1))


def all_policies() -> Sequence[ThresholdPolicy]:
    """Every version of every scope, the newest of each first."""
    return current().scalars(
        select(ThresholdPolicy).order_by(ThresholdPolicy.scope, ThresholdPolicy.version.desc())).all()


def rounds_of(policy: ThresholdPolicy) -> Sequence[Round]:
    """The months that were compared under a monthly policy, the latest first."""
    return current().scalars(select(Round).where(Round.policy_id == policy.id).order_by(Round.month.desc())).all()
