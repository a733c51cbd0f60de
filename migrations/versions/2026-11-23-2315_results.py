"""results

Revision: 3f1432fd12f2
Follows: 4b1d0c2e9a57
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = "3f1432fd12f2"
down_revision: str | None = "4b1d0c2e9a57"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_REFUSAL = "the access log can only be added to"
_SQLITE = [
    f"CREATE TRIGGER access_log_entry_no_{verb.lower()} BEFORE {verb} ON access_log_entry "
    f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    for verb in ("UPDATE", "DELETE")
]
_POSTGRESQL = [
    (
        "CREATE FUNCTION access_log_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'insufficient_privilege'; END $$"
    ),
    (
        "CREATE TRIGGER access_log_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_log_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION access_log_entry_refuse()"
    ),
]


def upgrade() -> None:
    op.create_table(
        "access_log_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("result_uid", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=80), nullable=False),
        sa.Column(
            "tier",
            sa.Enum(
                "public", "members", "granted", "sealed", name="disclosuretier", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("reader", sa.String(length=80), nullable=False),
        sa.Column("organisation_uid", sa.Uuid(), nullable=True),
        sa.Column("via", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("chain", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log_entry")),
        sa.UniqueConstraint("result_uid", "position", name=op.f("uq_access_log_entry_result_uid_position")),
        sa.UniqueConstraint("uid", name=op.f("uq_access_log_entry_uid")),
    )
    op.create_table(
        "call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=True),
        sa.Column(
            "department",
            sa.Enum("science", "economy", name="department", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("title_zh", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=300), nullable=True),
        sa.Column("description_zh", sa.String(length=8000), nullable=True),
        sa.Column("description_en", sa.String(length=8000), nullable=True),
        sa.Column(
            "fields",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "regions",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(length=2000), nullable=True),
        sa.Column(
            "rubric",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "required",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("experts_per_result", sa.Integer(), nullable=False),
        sa.Column("disagreement_bound", sa.Integer(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(platform_id IS NULL) <> (department IS NULL)", name=op.f("ck_call_one_owner")),
        sa.ForeignKeyConstraint(["platform_id"], ["platform.id"], name=op.f("fk_call_platform_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_call_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("slug", name=op.f("uq_call_slug")),
        sa.UniqueConstraint("uid", name=op.f("uq_call_uid")),
    )
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_closes_at"), ["closes_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_call_demo"), ["demo"], unique=False)
        batch_op.create_index(batch_op.f("ix_call_opens_at"), ["opens_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_call_platform_id"), ["platform_id"], unique=False)

    op.create_table(
        "result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "under_assessment",
                "returned",
                "declined",
                "pooled",
                "withdrawn",
                name="resultstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.Column("submitted", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "fields",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "fingerprint",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "public_fingerprint",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_result_call_id")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name=op.f("fk_result_created_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_result_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result")),
        sa.UniqueConstraint("slug", name=op.f("uq_result_slug")),
        sa.UniqueConstraint("uid", name=op.f("uq_result_uid")),
    )
    with op.batch_alter_table("result", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_result_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_result_demo"), ["demo"], unique=False)
        batch_op.create_index(batch_op.f("ix_result_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_result_state"), ["state"], unique=False)

    op.create_table(
        "access_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("direct", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "granted",
                "refused",
                "withdrawn",
                "revoked",
                name="accessstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(length=2000), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["person.id"],
            name=op.f("fk_access_request_decided_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_access_request_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_access_request_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_access_request_result_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_request")),
        sa.UniqueConstraint("uid", name=op.f("uq_access_request_uid")),
    )
    with op.batch_alter_table("access_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_access_request_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_access_request_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_request_result_id"), ["result_id"], unique=False)

    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "tier",
            sa.Enum(
                "public", "members", "granted", "sealed", name="disclosuretier", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("since_version", sa.Integer(), nullable=False),
        sa.Column("until_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name=op.f("fk_attachment_created_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_attachment_result_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("uid", name=op.f("uq_attachment_uid")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_result_id"), ["result_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attachment_sha256"), ["sha256"], unique=False)

    op.create_table(
        "result_need",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("need_key", sa.String(length=64), nullable=False),
        sa.Column("must", sa.Boolean(), nullable=False),
        sa.Column("capability", sa.String(length=64), nullable=True),
        sa.Column("standard_base", sa.String(length=80), nullable=True),
        sa.Column(
            "stated",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_result_need_result_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_need")),
        sa.UniqueConstraint("result_id", "need_key", name=op.f("uq_result_need_result_id_need_key")),
    )
    with op.batch_alter_table("result_need", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_result_need_capability"), ["capability"], unique=False)
        batch_op.create_index(batch_op.f("ix_result_need_standard_base"), ["standard_base"], unique=False)

    op.create_table(
        "result_owner",
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_result_owner_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_result_owner_result_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("result_id", "organisation_id", name=op.f("pk_result_owner")),
    )
    with op.batch_alter_table("result_owner", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_result_owner_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "result_version",
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "document",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column(
            "tiers",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_result_version_result_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("result_id", "number", name=op.f("pk_result_version")),
    )
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("result_version")
    with op.batch_alter_table("result_owner", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_result_owner_organisation_id"))

    op.drop_table("result_owner")
    with op.batch_alter_table("result_need", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_result_need_standard_base"))
        batch_op.drop_index(batch_op.f("ix_result_need_capability"))

    op.drop_table("result_need")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_sha256"))
        batch_op.drop_index(batch_op.f("ix_attachment_result_id"))

    op.drop_table("attachment")
    with op.batch_alter_table("access_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_access_request_result_id"))
        batch_op.drop_index(batch_op.f("ix_access_request_person_id"))
        batch_op.drop_index(batch_op.f("ix_access_request_organisation_id"))

    op.drop_table("access_request")
    with op.batch_alter_table("result", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_result_state"))
        batch_op.drop_index(batch_op.f("ix_result_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_result_demo"))
        batch_op.drop_index(batch_op.f("ix_result_call_id"))

    op.drop_table("result")
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_call_platform_id"))
        batch_op.drop_index(batch_op.f("ix_call_opens_at"))
        batch_op.drop_index(batch_op.f("ix_call_demo"))
        batch_op.drop_index(batch_op.f("ix_call_closes_at"))

    op.drop_table("call")
    op.drop_table("access_log_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION access_log_entry_refuse()")
