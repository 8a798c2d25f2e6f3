"""Column types and annotated columns shared by all tables."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import DateTime, Dialect, Enum, Integer, String, Text, TypeDecorator
from sqlalchemy.orm import mapped_column

from civicportal.core.clock import now
from civicportal.extensions import Base, db

__all__ = ["Base", "UTCDateTime", "created", "db", "enum_type", "intpk", "moment", "str64", "str255", "text"]


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant, stored in UTC. SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time must carry its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_type(kind: type[StrEnum], name: str) -> Enum:
    """A text column holding the values of `kind`, with a CHECK constraint called `name`.

    Stored as text on both databases, so that a new value is one constraint and no type to alter.
    """
    return Enum(
        kind, name=name, native_enum=False, create_constraint=True, length=40,
        values_callable=lambda members: [member.value for member in members], validate_strings=True,
    )


intpk = Annotated[int, mapped_column(Integer, primary_key=True)]
str64 = Annotated[str, mapped_column(String(64))]
str255 = Annotated[str, mapped_column(String(255))]
text = Annotated[str, mapped_column(Text)]
moment = Annotated[datetime, mapped_column(UTCDateTime)]
created = Annotated[datetime, mapped_column(UTCDateTime, default=now)]
