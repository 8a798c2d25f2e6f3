"""The course of a matter for its page: what was, who has it now and until when, and what is still to come."""

from collections.abc import Iterator
from datetime import timedelta

from civicportal.core.configuration import settings
from civicportal.core.i18n import _, current_locale, moment_text
from civicportal.core.steps import Step
from civicportal.petitions.language import detect
from civicportal.petitions.masking import mask_name
from civicportal.petitions.models import Addition, Assignment, Petition, Reclassification
from civicportal.petitions.queries.clock import clock_of
from civicportal.petitions.queries.revisions import TEXT, later_revisions
from civicportal.petitions.queries.satisfaction import rateable
from civicportal.petitions.queries.visibility import Viewer
from civicportal.petitions.states import AssignmentState, Opening, PetitionState, ReclassificationState
from civicportal.petitions.types import TYPES


def timeline(petition: Petition, viewer: Viewer) -> list[Step]:
    """All steps in order: past ones by time, then the present one, then those to come."""
    return [*so_far(petition, viewer), *_present(petition, viewer), *_future(petition, viewer)]


def so_far(petition: Petition, viewer: Viewer) -> list[Step]:
    """What has happened, with what was changed, removed and put back since it is public; oldest first."""
    return sorted([*past(petition, viewer), *_changes(petition)], key=lambda step: step.at or petition.filed_at)


def _changes(petition: Petition) -> Iterator[Step]:
    for made in later_revisions(petition):
        title = _("Text changed") if made.subject == TEXT else _("Answer corrected")
        yield Step(f"revised-{made.id}", "past", title, made.at, str(made.role.title), reason=made.reason,
                   language=detect(made.reason, petition.language))
    for change in petition.reclassifications:
        yield _retyped(change, petition)
    for removal in petition.removals:
        yield Step(f"removed-{removal.id}", "past", _("Removed from the public"), removal.removed_at,
                   removal.authority, str(removal.reason.title))
        if removal.put_back_at:
            yield Step(f"put-back-{removal.id}", "past", _("Made public again"), removal.put_back_at,
                       reason=removal.put_back_reason, language=detect(removal.put_back_reason, petition.language))


def _retyped(change: Reclassification, petition: Petition) -> Step:
    names = {"former": TYPES[change.from_type].title, "type": TYPES[change.to_type].title}
    title = {
        ReclassificationState.WAITING: _("Proposed: %(type)s instead of %(former)s. A second person decides", **names),
        ReclassificationState.IN_FORCE: _("Type changed: %(type)s instead of %(former)s", **names),
        ReclassificationState.REFUSED: _("Not changed: %(type)s instead of %(former)s", **names),
    }[change.state]
    return Step(f"reclassified-{change.id}", "past", title, change.decided_at or change.proposed_at,
                change.institution.name(current_locale()), reason=change.reason,
                language=detect(change.reason, petition.language))


def past(petition: Petition, viewer: Viewer) -> list[Step]:
    """What has happened, oldest first."""
    steps = [Step("filed", "past", _("Filed"), petition.filed_at, author_name(petition, viewer))]
    for part in petition.assignments:
        steps += _part_steps(part, viewer)
    if viewer is not Viewer.PUBLIC:
        steps += [Step(f"added-{one.number}", "past", _("Something was added"), one.added_at, added_by(one, viewer))
                  for one in petition.additions]
    if petition.restored_at:
        steps.append(Step("restored", "past", _("Brought back from its receipt"), petition.restored_at))
    if petition.published_at:
        steps.append(Step("published", "past", _("Made public"), petition.published_at))
    if viewer is Viewer.AUTHOR:
        steps += [Step(f"rated-{said.id}", "past", _("You gave the answer %(mark)s of 5", mark=said.rating),
                       said.rated_at) for said in petition.satisfactions]
    return sorted(steps, key=lambda step: step.at or petition.filed_at)


def author_name(petition: Petition, viewer: Viewer) -> str:
    """The author as a reader may know it: masked for the public, `You` for oneself."""
    if viewer is Viewer.AUTHOR:
        return _("You")
    name = petition.author.name if petition.author else None
    if not name:
        return _("Anonymous")
    return mask_name(name) if viewer is Viewer.PUBLIC else name


def added_by(addition: Addition, viewer: Viewer) -> str:
    """Who added something, for those who may read it."""
    if addition.representative is None:
        return author_name(addition.petition, viewer)
    name = addition.representative.name or _("A representative")
    return _("%(name)s, for the author", name=name)


def holder_of(part: Assignment) -> str:
    """Who has or had a part, by name."""
    locale = current_locale()
    return part.institution.name(locale) if part.institution else settings().operator_name(locale)


def open_part(petition: Petition) -> Assignment | None:
    """The lead part that is open now."""
    return next((part for part in reversed(petition.assignments) if part.lead and part.closed_at is None), None)


def _part_steps(part: Assignment, viewer: Viewer) -> Iterator[Step]:
    yield _opening(part, viewer)
    who = holder_of(part)
    if part.taken_at:
        yield Step(f"taken-{part.id}", "past", _("An officer took it on"), part.taken_at, who)
    if part.state is AssignmentState.ANSWERED:
        yield Step(f"answered-{part.id}", "past", _("Answered"), part.closed_at, who)


def _opening(part: Assignment, viewer: Viewer) -> Step:
    now_with = _("Now with: %(institution)s", institution=holder_of(part))
    key, at, former = f"opened-{part.id}", part.received_at, _former(part)
    if part.opening is Opening.FILED:
        return Step(key, "past", _("Received"), at, holder_of(part))
    if part.opening is Opening.REASK:
        return Step(key, "past", _("A further answer was asked for"), at, author_name(part.petition, viewer), now_with)
    if part.institution is None:
        return Step(key, "past", _("Handed to the portal team for a decision"), at, former, reason=part.reason,
                    language=language_of(part))
    title = _("Transferred") if part.opening is Opening.TRANSFER else _("The portal team chose the institution")
    return Step(key, "past", title, at, former, now_with, part.reason, language_of(part))


def language_of(part: Assignment) -> str:
    """The language in which the reason of a part was written."""
    return detect(part.reason, part.petition.language)


def _former(part: Assignment) -> str:
    """Who had the matter before this part."""
    earlier = [other for other in part.petition.assignments if other.id < part.id]
    return holder_of(earlier[-1]) if earlier else ""


def _present(petition: Petition, viewer: Viewer) -> Iterator[Step]:
    part = open_part(petition)
    if petition.state is PetitionState.UNCONFIRMED:
        until = moment_text(petition.asked_at + timedelta(days=settings().confirm_days))
        yield Step("present", "present", _("Waiting for you to confirm your address"),
                   text=_("Open the link in our e-mail by %(moment)s.", moment=until))
    elif part is not None:
        yield Step("present", "present", _present_title(petition.state), who=holder_of(part),
                   text=clock_of(part, explain=False).standing)
    elif viewer is Viewer.AUTHOR and rateable(petition):
        yield Step("present", "present", _("Your turn: rate the answer"), who=_("You"))


def _present_title(state: PetitionState) -> str:
    return {
        PetitionState.TRIAGE: _("The portal team finds the right institution"),
        PetitionState.RECEIVED: _("Waiting for an officer to take it on"),
        PetitionState.IN_PROGRESS: _("An officer is working on it"),
    }[state]


def _future(petition: Petition, viewer: Viewer) -> Iterator[Step]:
    course = [PetitionState.UNCONFIRMED, PetitionState.TRIAGE, PetitionState.RECEIVED, PetitionState.IN_PROGRESS]
    if petition.state not in course:
        return
    titles = [_("The institution receives it and the clock starts"), _("An officer takes it on"), _("The answer")]
    reached = max(0, course.index(petition.state) - 1)
    for number, title in enumerate(titles[reached:]):
        yield Step(f"future-{number}", "future", title)
    if viewer is Viewer.AUTHOR:
        yield Step("future-rate", "future", _("You rate the answer"))
