"""mail_to_send

Revision: 2c58f0b7e6a1
Follows: 7a3e91c4d208
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "2c58f0b7e6a1"
down_revision: str | None = "7a3e91c4d208"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "mail_to_send",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("watch_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_mail_to_send_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watch.id"], name=op.f("fk_mail_to_send_watch_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_to_send")),
    )
    with op.batch_alter_table("mail_to_send", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mail_to_send_next_try_at"), ["next_try_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_mail_to_send_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mail_to_send_watch_id"), ["watch_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("mail_to_send", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mail_to_send_watch_id"))
        batch_op.drop_index(batch_op.f("ix_mail_to_send_person_id"))
        batch_op.drop_index(batch_op.f("ix_mail_to_send_next_try_at"))

    op.drop_table("mail_to_send")
