"""Parent of all factories: each object is committed for good, as real code would."""

from typing import Any

import factory

from civicportal.core.transactions import atomic


class PortalFactory(factory.Factory):
    """Creates a row in a transaction of its own."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: type, *args: Any, **kwargs: Any) -> Any:
        with atomic() as session:
            row = model_class(*args, **kwargs)
            session.add(row)
        return row
