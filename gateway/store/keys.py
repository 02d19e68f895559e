"""Keys as people type them: the beginning of one will do where it fits a single row."""

from __future__ import annotations

from gateway.errors import NotFound
from gateway.store.database import Reader

SHOWN = 8
"""So many letters of a key are shown in lists; a year's rows seldom share them."""
LEAST = 4
"""Letters that must be given: fewer are rather a slip than a key."""
NAMED = 5
"""So many of the rows that a beginning fits are named."""
TABLES = {
    "calls": ("id", "call"),
    "appointments": ("uid", "appointment"),
    "follow_ups": ("id", "follow-up"),
}
"""Table -> column of its key, what a row of it is called."""


def whole_key(reader: Reader, table: str, beginning: str) -> str:
    """The key that begins so; NotFound when no row does, or several (it names them)."""
    column, noun = TABLES[table]
    if reader.row(f"SELECT 1 FROM {table} WHERE {column} = ?", (beginning,)):
        return beginning
    found: list[str] = []
    if len(beginning) >= LEAST:
        begins = f"lower(substr({column}, 1, length(:b))) = lower(:b)"
        rows = reader.rows(
            f"SELECT {column} key FROM {table} WHERE {begins} ORDER BY 1 LIMIT {NAMED + 1}",
            {"b": beginning},
        )
        found = [row["key"] for row in rows]
    if not found:
        raise NotFound(f"there is no {noun} {beginning}")
    if len(found) > 1:
        names = ", ".join(found[:NAMED]) + (", ..." if len(found) > NAMED else "")
        raise NotFound(f"more than one {noun} begins with {beginning}: {names}; give more of it")
    return found[0]
