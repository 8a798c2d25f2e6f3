"""Where people are named in the database: what is told and forgotten about one person. Tables and columns by name.

A test refuses a column that names a person and stands in neither table.
"""

# Rows that are a person's own, and the column that says whose.
OWN: dict[str, str] = {
    "people": "id",
    "account_sessions": "person_id",
    "second_factors": "person_id",
    "passkeys": "person_id",
    "recovery_codes": "person_id",
    "openid_links": "person_id",
    "mail_tokens": "person_id",
    "address_requests": "person_id",
    "grants": "person_id",
    "outbox_messages": "person_id",
    "notification_opt_outs": "person_id",
    "drafts": "person_id",
    "petitions": "author_id",
    "representatives": "person_id",
    "tasks": "author_id",
    "arguments": "author_id",
    "argument_ratings": "person_id",
    "task_followers": "person_id",
    "observers": "person_id",
    "members": "person_id",
    "audit_events": "actor_id",
}
# Rows that belong to such a row: (table, column, table of the row). Answers are told once they were sent.
PARTS: tuple[tuple[str, str, str], ...] = (
    ("petition_files", "petition_id", "petitions"),
    ("petition_files", "draft_id", "drafts"),
    ("assignments", "petition_id", "petitions"),
    ("satisfactions", "petition_id", "petitions"),
    ("filing_receipts", "petition_id", "petitions"),
    ("record_entries", "petition_id", "petitions"),
    ("additions", "petition_id", "petitions"),
    ("petition_files", "addition_id", "additions"),
    ("refusals", "petition_id", "petitions"),
    ("appeals", "refusal_id", "refusals"),
    ("removals", "petition_id", "petitions"),
    ("revisions", "petition_id", "petitions"),
    ("answers", "assignment_id", "assignments"),
    ("answer_versions", "answer_id", "answers"),
    ("task_versions", "task_id", "tasks"),
    ("task_reviews", "task_id", "tasks"),
    ("task_events", "task_id", "tasks"),
)
# Columns that name somebody as an official: these are acts of an office, told as a number.
ACTED: frozenset[tuple[str, str]] = frozenset({
    ("grants", "given_by_id"), ("assignments", "officer_id"), ("assignments", "opened_by_id"),
    ("answer_versions", "author_id"), ("tasks", "reviewer_id"), ("task_reviews", "reviewer_id"),
    ("motions", "moved_by_id"), ("decisions", "recorded_by_id"), ("threshold_policies", "set_by_id"),
    ("box_extensions", "by_id"), ("silences", "declared_by_id"), ("suspects", "by_id"),
    ("disputes", "decided_by_id"), ("switches", "by_id"), ("legal_holds", "by_id"), ("legal_holds", "ended_by_id"),
    ("publication_checks", "advised_by_id"), ("refusals", "refused_by_id"), ("appeals", "decided_by_id"),
    ("removals", "removed_by_id"), ("removals", "put_back_by_id"), ("matter_views", "person_id"),
    ("matter_subjects", "person_id"), ("matter_subjects", "named_by_id"), ("desk_exports", "person_id"),
    ("matter_notes", "author_id"), ("reclassifications", "proposed_by_id"),
    ("reclassifications", "decided_by_id"),
    ("closures", "proposed_by_id"), ("closures", "confirmed_by_id"), ("closures", "ended_by_id"),
})
# That a complaint names somebody is not told to that person.
TOLD_TO_NOBODY: frozenset[tuple[str, str]] = frozenset({("matter_subjects", "person_id")})
# Never told: secrets with which somebody could act, and who of an office did something.
SECRET: frozenset[str] = frozenset({
    "password_hash", "key", "selector", "nonce", "token", "data", "storage_key", "shown_key", "identity_id", "secret",
    "public_key", "digest", "salt",
    *({column for _table, column in ACTED} - {"author_id", "person_id"}),
})
