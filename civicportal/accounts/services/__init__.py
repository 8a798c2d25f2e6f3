"""The write side of accounts."""

from civicportal.accounts.emails import token_reference
from civicportal.accounts.services.confirming import complete_registration, confirm_address, dismiss_guest, guest
from civicportal.accounts.services.credentials import change_password, reset_password
from civicportal.accounts.services.deletion import delete_account, erase_account, purge, request_deletion_code
from civicportal.accounts.services.demo import load_crowd, load_people
from civicportal.accounts.services.grants import create_operator, end_grant, grant_role
from civicportal.accounts.services.leaving import end_access
from civicportal.accounts.services.profile import (
    confirm_identity,
    confirm_new_address,
    decline_new_address,
    edit_profile,
    request_new_address,
    start_identity,
)
from civicportal.accounts.services.requests import answer_request, request_mail, waiting_requests
from civicportal.accounts.services.second_factor import reset_second_factor
from civicportal.accounts.services.sessions import (
    end_session,
    end_sessions,
    keep_session,
    renew_session,
    sign_in_session,
    sign_in_with_code,
    sign_in_with_password,
)
from civicportal.accounts.services.tokens import issue_token, mailed_enough, read_token, token_text, use_token

__all__ = [
    "answer_request", "change_password", "complete_registration", "confirm_address", "confirm_identity",
    "confirm_new_address", "create_operator", "decline_new_address", "delete_account", "dismiss_guest",
    "edit_profile", "end_access", "end_grant", "end_session", "end_sessions", "erase_account", "grant_role",
    "guest", "issue_token", "keep_session", "load_crowd", "load_people", "mailed_enough", "purge", "read_token",
    "renew_session", "request_deletion_code", "request_mail", "request_new_address", "reset_password",
    "reset_second_factor", "sign_in_session", "sign_in_with_code", "sign_in_with_password", "start_identity",
    "token_reference", "token_text", "use_token", "waiting_requests",
]
