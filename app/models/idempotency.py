"""What was answered to requests with an Idempotency-Key."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.models.base import UtcDateTime


class IdempotencyRecord(SQLModel, table=True):
    """One key of one caller, kept for a day.

    `record` is a hash of caller and key, `fingerprint` one of the request. `answer` is enciphered with the key, which
    is not stored; it is set in the transaction that inserts the row.
    """

    __tablename__ = "idempotency_record"

    record: str = Field(primary_key=True, max_length=64)
    fingerprint: str = Field(max_length=64)
    answer: bytes | None = None
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
