"""The kinds of vote. A new one is a file beside this and a line here."""

from civicportal.core.registry import Registry
from civicportal.voting.kinds.base import Kind
from civicportal.voting.kinds.yes_no_abstain import YesNoAbstain

KINDS: Registry[Kind] = Registry(YesNoAbstain())
