"""Who may do what with accounts."""

from app.auth.rules import Row

ROWS: tuple[Row, ...] = ()
