"""listing

Revision: 5a60dfc3e2fd
Follows: 3c0d9b7e51a4
"""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = "5a60dfc3e2fd"
down_revision: str | None = "3c0d9b7e51a4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEXED = ("standard_id", "object_id", "parameter_id")
HOLDS_ON = "natural_key IS NOT NULL AND until_revision IS NULL"


def _give_uids(table: str) -> None:
    """Give a public id to the rows of a table that had none."""
    op.add_column(table, sa.Column("uid", sa.Uuid(), nullable=True))
    rows = sa.table(table, sa.column("id", sa.Integer()), sa.column("uid", sa.Uuid()))
    connection = op.get_bind()
    for key in connection.scalars(sa.select(rows.c.id)).all():
        connection.execute(sa.update(rows).where(rows.c.id == key).values(uid=uuid.uuid4()))
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.alter_column("uid", existing_type=sa.Uuid(), nullable=False)
        batch_op.create_unique_constraint(batch_op.f(f"uq_{table}_uid"), ["uid"])


def upgrade() -> None:
    op.create_table(
        "listing",
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("published", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "changes_requested",
                "approved",
                "published",
                "retired",
                name="listingstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decision_note", sa.String(length=2000), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_listing_platform_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("platform_id", name=op.f("pk_listing")),
    )
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_listing_state"), ["state"], unique=False)

    op.create_table(
        "listing_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "platform",
                "service",
                "equipment",
                "setting",
                "contact",
                "intake_step",
                "accreditation",
                name="itemkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("since_revision", sa.Integer(), nullable=False),
        sa.Column("until_revision", sa.Integer(), nullable=True),
        sa.Column(
            "document",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=True,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_listing_item_platform_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_item")),
        sa.UniqueConstraint(
            "platform_id",
            "uid",
            "since_revision",
            name=op.f("uq_listing_item_platform_id_uid_since_revision"),
        ),
    )
    op.create_index("ix_listing_item_uid", "listing_item", ["uid"])
    op.create_table(
        "platform_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("claimed_by_id", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.String(length=4000), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "granted", "refused", "withdrawn", name="claimstate", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claimed_by_id"],
            ["person.id"],
            name=op.f("fk_platform_claim_claimed_by_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_platform_claim_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_platform_claim_platform_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_claim")),
        sa.UniqueConstraint("uid", name=op.f("uq_platform_claim_uid")),
    )
    with op.batch_alter_table("platform_claim", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_platform_claim_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(
            "uq_platform_claim_open",
            ["platform_id", "organisation_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "review_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("pointer", sa.String(length=300), nullable=False),
        sa.Column("body", sa.String(length=4000), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("by_department", sa.Boolean(), nullable=False),
        sa.Column("reply_to_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_review_comment_author_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_review_comment_platform_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["reply_to_id"],
            ["review_comment.id"],
            name=op.f("fk_review_comment_reply_to_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["resolved_by_id"],
            ["person.id"],
            name=op.f("fk_review_comment_resolved_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_comment")),
        sa.UniqueConstraint("uid", name=op.f("uq_review_comment_uid")),
    )
    with op.batch_alter_table("review_comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_review_comment_platform_id"), ["platform_id"], unique=False)

    op.create_table(
        "suspension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_suspension_platform_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspension")),
        sa.UniqueConstraint("uid", name=op.f("uq_suspension_uid")),
    )
    with op.batch_alter_table("suspension", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suspension_platform_id"), ["platform_id"], unique=False)

    for table in ("contact", "intake_step"):
        _give_uids(table)
    for table in ("platform", "accreditation", "scope_line"):
        op.add_column(table, sa.Column("live", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column(
        "standard_edition", sa.Column("listed", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column("platform", sa.Column("retired_on", sa.Date(), nullable=True))
    op.add_column("platform", sa.Column("successor_uid", sa.Uuid(), nullable=True))
    op.add_column("scope_line", sa.Column("since_revision", sa.Integer(), server_default="1", nullable=False))
    op.add_column("scope_line", sa.Column("until_revision", sa.Integer(), nullable=True))
    op.add_column("scope_line", sa.Column("natural_key", sa.LargeBinary(length=16), nullable=True))
    op.add_column("scope_line", sa.Column("import_id", sa.Integer(), nullable=True))
    for column in INDEXED:
        op.drop_index(f"ix_scope_line_{column}_accreditation_id", "scope_line")
        op.create_index(
            f"ix_scope_line_{column}_accreditation_id",
            "scope_line",
            [column, "accreditation_id"],
            sqlite_where=sa.text("live = 1"),
            postgresql_where=sa.text("live"),
        )
    op.create_index(
        "ix_scope_line_live_accreditation_id",
        "scope_line",
        ["accreditation_id"],
        sqlite_where=sa.text("live = 1"),
        postgresql_where=sa.text("live"),
    )
    op.create_index(
        "uq_scope_line_natural_key",
        "scope_line",
        ["accreditation_id", "natural_key"],
        unique=True,
        sqlite_where=sa.text(HOLDS_ON),
        postgresql_where=sa.text(HOLDS_ON),
    )


def downgrade() -> None:
    op.drop_index("uq_scope_line_natural_key", "scope_line")
    op.drop_index("ix_scope_line_live_accreditation_id", "scope_line")
    for column in INDEXED:
        op.drop_index(f"ix_scope_line_{column}_accreditation_id", "scope_line")
    for column in ("import_id", "natural_key", "until_revision", "since_revision"):
        op.drop_column("scope_line", column)
    for column in ("successor_uid", "retired_on"):
        op.drop_column("platform", column)
    op.drop_column("standard_edition", "listed")
    for table in ("platform", "accreditation", "scope_line"):
        op.drop_column(table, "live")
    for table in ("contact", "intake_step"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(batch_op.f(f"uq_{table}_uid"), type_="unique")
            batch_op.drop_column("uid")
    for column in INDEXED:
        op.create_index(
            f"ix_scope_line_{column}_accreditation_id", "scope_line", [column, "accreditation_id"]
        )
    with op.batch_alter_table("suspension", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_suspension_platform_id"))

    op.drop_table("suspension")
    with op.batch_alter_table("review_comment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_comment_platform_id"))

    op.drop_table("review_comment")
    with op.batch_alter_table("platform_claim", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_platform_claim_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_platform_claim_organisation_id"))

    op.drop_table("platform_claim")
    op.drop_table("listing_item")
    with op.batch_alter_table("listing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_listing_state"))

    op.drop_table("listing")
