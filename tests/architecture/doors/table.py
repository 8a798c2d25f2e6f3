"""For each address that names an object: which object somebody asks for, and who may know that it is there.

Everybody else must not be able to tell it from one that does not exist.
"""

NOBODY: frozenset[str] = frozenset()
AUTHOR = frozenset({"author"})
HERE = frozenset({"officer", "manager", "officer here, manager elsewhere"})
NAMED = frozenset({"officer whom it is about"})  # works here, and all petitions are about this person
THERE = frozenset({"officer elsewhere", "manager elsewhere", "director elsewhere"})
BOTH = frozenset({"officer here, manager elsewhere"})
OFFICER_HERE = frozenset({"officer"})
MANAGER = frozenset({"manager"})
OPERATOR = frozenset({"operator"})
OFFICES = frozenset({"reviewer", "support"})  # they see public tasks and, of their own accord, nothing that is hidden
EVERYBODY = AUTHOR | HERE | NAMED | THERE | OPERATOR | OFFICES | {"anonymous", "stranger"}
# A draft's key is the right to write to it, so whoever knows it and has no sign-in is asked for one.
KEY_HOLDERS = AUTHOR | {"anonymous"}

Cases = dict[str, frozenset[str]]

READ: Cases = {
    "private": AUTHOR | HERE | OPERATOR, "pending": AUTHOR | HERE | OPERATOR, "refused": AUTHOR | HERE | OPERATOR,
    "triaged": AUTHOR | OPERATOR, "passed": AUTHOR | THERE | OPERATOR | BOTH, "unconfirmed": NOBODY,
}
FEED: Cases = {**dict.fromkeys(READ, NOBODY), "published": EVERYBODY}
OWN: Cases = {**dict.fromkeys(READ, AUTHOR), "published": AUTHOR, "unconfirmed": NOBODY}
WORKED_ON: Cases = {"private": HERE, "pending": HERE, "unconfirmed": NOBODY, "triaged": NOBODY}
DECIDED: Cases = {
    "private": NOBODY, "unconfirmed": NOBODY, "pending": OPERATOR, "refused": OPERATOR, "published": OPERATOR,
}
DRAFT: Cases = {"draft": KEY_HOLDERS, "receipt": KEY_HOLDERS}
OPERATED: Cases = {"institution": OPERATOR}
BEGUN: Cases = {"begun task": AUTHOR, "task begun by an institution": HERE | NAMED}
BEGUN_OFFICE: Cases = dict.fromkeys(BEGUN, NOBODY)
SUPPORT = frozenset({"support"})
ITEM: Cases = {"item": EVERYBODY}
ITEM_KEPT: Cases = {"item": SUPPORT}
VOTE: Cases = {"vote": EVERYBODY}
VOTE_SIGNED_IN: Cases = {"vote": EVERYBODY - {"anonymous"}}
VOTE_RUN: Cases = {"vote": OPERATOR}


def mailed(name: str) -> Cases:
    """Links that are worth nothing: nobody learns why."""
    return {f"{kind} {name}": NOBODY for kind in ("forged", "late", "alien")}


DOORS: dict[str, Cases] = {
    "accounts.address_confirm": mailed("address_confirm"),
    "accounts.passkey_remove": {"passkey": OFFICER_HERE},
    "accounts.register_confirm": mailed("register_confirm"),
    "accounts.reset_set": mailed("reset_set"),
    "accounts.second_factor_reset": {"official": OPERATOR, "citizen": NOBODY},
    "accounts.session_end": {"session": AUTHOR},
    "committee.body": {"body": EVERYBODY},
    "committee.body_edit": {"body": SUPPORT},
    "committee.extend": ITEM_KEPT,
    "committee.item": ITEM,
    "committee.join": ITEM_KEPT,
    "committee.member_edit": {"seat": SUPPORT, "seat of another body": NOBODY},
    "committee.member_new": {"body": SUPPORT},
    "committee.move": ITEM,
    "committee.queue": {"body": EVERYBODY},
    "committee.record": ITEM,
    "committee.recuse": ITEM,
    "committee.unjoin": ITEM_KEPT,
    "committee.vote": ITEM,
    "deadlines.confirm": {"closure": OPERATOR},
    "deadlines.refuse": {"closure": OPERATOR},
    "deadlines.remove": {"closure": OPERATOR},
    "forum.argue": BEGUN,
    "forum.bring": BEGUN_OFFICE,
    "forum.edit": BEGUN,
    "forum.extend": BEGUN_OFFICE,
    "forum.follow": BEGUN,
    "forum.hide": BEGUN,
    "forum.rate": BEGUN,
    "forum.review": BEGUN_OFFICE,
    "forum.show": {**BEGUN, "public task": EVERYBODY},
    "forum.submit": BEGUN,
    "forum.submitted": BEGUN,
    "forum.task_feed": {**BEGUN_OFFICE, "public task": EVERYBODY},
    "forum.versions": {**BEGUN, "public task": EVERYBODY},
    "forum.withdraw": BEGUN,
    "institutions.department_edit": {"department": OPERATOR},
    "institutions.department_new": OPERATED,
    "institutions.edit": OPERATED,
    "institutions.grant_end": {"grant": OPERATOR, "grant of another institution": NOBODY},
    "institutions.people": OPERATED,
    "institutions.show": {"institution": EVERYBODY},
    "media.copy": {**dict.fromkeys(READ, NOBODY), "published": EVERYBODY},
    "media.signed": {"forged address of a file": NOBODY},
    "notifications.resend": {"failed mail": OPERATOR},
    "notifications.show": {"notice": AUTHOR},
    "notifications.unsubscribe": {"optional mail": NOBODY, "mail that is not optional": NOBODY},
    "petitions.add": OWN,
    "petitions.answer": WORKED_ON,
    "petitions.appeal": {"refused": AUTHOR, "private": AUTHOR, "unconfirmed": NOBODY},
    "petitions.appeal_decide": {"appealed": OPERATOR, "refused": NOBODY, "private": NOBODY},
    "petitions.ask_again": {"rated": AUTHOR, "private": AUTHOR, "unconfirmed": NOBODY},
    "petitions.assign": {"private": MANAGER | BOTH, "unconfirmed": NOBODY, "triaged": NOBODY},
    "petitions.autosave": DRAFT,
    "petitions.check": DECIDED,
    "petitions.confirm": mailed("confirm"),
    "petitions.enter": {"institution": HERE | NAMED, "own institution": THERE | BOTH},
    "petitions.entry_address": {"entered": HERE | NAMED, "unconfirmed": NOBODY, "triaged": NOBODY},
    "petitions.entry_receipt": {"entered": HERE | NAMED, "unconfirmed": NOBODY, "triaged": NOBODY},
    "petitions.export": {"institution": HERE | NAMED, "own institution": THERE | BOTH},
    "petitions.file_add": DRAFT,
    "petitions.correct": {"answered": HERE, "private": HERE, "unconfirmed": NOBODY, "triaged": NOBODY},
    "petitions.file_check": DRAFT,
    "petitions.file_choose": DRAFT,
    "petitions.file_content": {**READ, "published": EVERYBODY},
    "petitions.file_delete": DRAFT,
    "petitions.file_done": DRAFT,
    "petitions.file_files": DRAFT,
    "petitions.file_kind": DRAFT,
    "petitions.file_original": {**READ, "published": AUTHOR | HERE | OPERATOR},
    "petitions.file_place": DRAFT,
    "petitions.file_readers": DRAFT,
    "petitions.file_receipt_code": DRAFT,
    "petitions.file_receipt_json": DRAFT,
    "petitions.file_text": DRAFT,
    "petitions.file_uploads": DRAFT,
    "petitions.inbox": {"institution": HERE | NAMED, "own institution": THERE | BOTH},
    "petitions.leaving": {"official": OPERATOR, "citizen": NOBODY},
    "petitions.lift_subject": {"subject": OPERATOR, "subject of another matter": NOBODY},
    "petitions.matter": {**WORKED_ON, "passed": THERE | BOTH},
    "petitions.petition_feed": FEED,
    "petitions.place": {"triaged": OPERATOR, "private": NOBODY, "unconfirmed": NOBODY},
    "petitions.proof": {**READ, "published": EVERYBODY},
    "petitions.proof_file": {**READ, "published": EVERYBODY},
    "petitions.publication": WORKED_ON,
    "petitions.put_back": DECIDED,
    "petitions.rate": {"answered": AUTHOR, "private": AUTHOR, "unconfirmed": NOBODY},
    "petitions.receipt": OWN,
    "petitions.receipt_code": OWN,
    "petitions.receipt_json": OWN,
    "petitions.record_consistency": {"two heads of the record": EVERYBODY},
    "petitions.record_head": {"head of the record": EVERYBODY},
    "petitions.represent": mailed("represent"),
    "petitions.representative_end": {"appointment": AUTHOR},
    "petitions.representatives": OWN,
    "petitions.remove": DECIDED,
    "petitions.revise": DECIDED,
    "petitions.send_answer": WORKED_ON,
    "petitions.show": {**READ, "published": EVERYBODY},
    "petitions.subjects": {**READ, "published": AUTHOR | HERE | OPERATOR},
    "petitions.notes": {**WORKED_ON, "passed": THERE | BOTH},
    "petitions.reclassify": {"triaged": NOBODY, "unconfirmed": NOBODY, "private": HERE, "pending": HERE},
    "petitions.reclassify_decide": {"triaged": NOBODY, "unconfirmed": NOBODY},
    "petitions.take": WORKED_ON,
    "petitions.transfer": WORKED_ON,
    "retention.end": {"hold": OPERATOR},
    "petitions.versions": {**READ, "published": EVERYBODY},
    "voting.archive": VOTE,
    "voting.ballot": VOTE,
    "voting.cast": VOTE,
    "voting.change": VOTE,
    "voting.check": VOTE,
    "voting.claim": VOTE,
    "voting.claim_settle": {"claim": OPERATOR, "claim of another vote": NOBODY},
    "voting.confirm_head": VOTE_SIGNED_IN,
    "voting.consistency": {"two heads": EVERYBODY},
    "voting.contest": VOTE_SIGNED_IN,
    "voting.dispute": {"disputed vote": OPERATOR},
    "voting.extend": VOTE_RUN,
    "voting.file": {"file of a vote": EVERYBODY},
    "voting.head": {"head": EVERYBODY},
    "voting.log": VOTE,
    "voting.mine": VOTE_SIGNED_IN,
    "voting.observe": VOTE_SIGNED_IN,
    "voting.receipt_file": VOTE,
    "voting.run_box": VOTE_RUN,
    "voting.show": VOTE,
    "voting.suspects": VOTE_RUN,
    "voting.void": VOTE_RUN,
}

# What an address holds that is no object of anybody: the provider's name is on everybody's page.
NO_OBJECT = frozenset({
    "accounts.identity_start", "accounts.identity_return", "mailbox.show", "static", "switches.off", "switches.on",
})

# Guests and mail programs have no session: the key, token or signature in the address stands in for the CSRF token.
KEYED = frozenset({
    "petitions.file_what", "petitions.file_kind", "petitions.file_text", "petitions.file_place",
    "petitions.file_files", "petitions.file_readers", "petitions.file_check", "petitions.file_choose",
    "petitions.file_delete", "petitions.autosave", "petitions.file_done", "petitions.confirm", "petitions.add",
    "petitions.file_add", "petitions.represent", "petitions.enter",
    "petitions.file_uploads",
})
SIGNED = frozenset({"notifications.unsubscribe"})
# Ballots check the token of the session themselves, to come back as they were sent.
SELF_CHECKED = frozenset({"voting.cast", "voting.change"})
# Posted only so that no address holds what is typed; anybody may, and nothing is changed.
READING = frozenset({"voting.check", "voting.receipt_file", "petitions.verify"})
