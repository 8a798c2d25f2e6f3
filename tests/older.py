"""An older copy of the database, put back in place of the present one: what a restored backup is to the code."""

from typing import Any

from sqlalchemy import insert, select

from civicportal.core.transactions import current
from civicportal.extensions import Base, db
from tests.conftest import empty_database

Copy = dict[str, list[dict[str, Any]]]


def copy_of_database() -> Copy:
    """All rows, as they are now."""
    current().rollback()
    with db.engine.connect() as connection:
        return {table.name: [dict(row._mapping) for row in connection.execute(select(table))]
                for table in Base.metadata.sorted_tables}


def put_back(copy: Copy) -> None:
    """Everything that happened since is lost."""
    current().rollback()
    current().expire_all()
    empty_database()
    with db.engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            if rows := copy[table.name]:
                connection.execute(insert(table), rows)
