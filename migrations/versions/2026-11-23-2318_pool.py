"""pool

Revision: c0e1c91a18c2
Follows: feafc4c75b1d
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = "c0e1c91a18c2"
down_revision: str | None = "feafc4c75b1d"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "pool_project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("title_zh", sa.String(length=2000), nullable=False),
        sa.Column("title_en", sa.String(length=4000), nullable=True),
        sa.Column("trl", sa.Integer(), nullable=True),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column(
            "capabilities",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("public_text", sa.Text(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "pooled",
                "verifying",
                "verified",
                "failed",
                "in_pilot",
                "industrialised",
                "withdrawn",
                name="stage",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("pooled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_pool_project_call_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_pool_project_region_code")),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_pool_project_result_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_project")),
        sa.UniqueConstraint("result_id", name=op.f("uq_pool_project_result_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_pool_project_slug")),
        sa.UniqueConstraint("uid", name=op.f("uq_pool_project_uid")),
    )
    with op.batch_alter_table("pool_project", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pool_project_demo"), ["demo"], unique=False)
        batch_op.create_index(batch_op.f("ix_pool_project_stage"), ["stage"], unique=False)

    op.create_table(
        "milestone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("title_zh", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=300), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["pool_project.id"], name=op.f("fk_milestone_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
        sa.UniqueConstraint("uid", name=op.f("uq_milestone_uid")),
    )
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_milestone_project_id"), ["project_id"], unique=False)

    op.create_table(
        "pool_project_field",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("field_code", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["field_code"], ["field.code"], name=op.f("fk_pool_project_field_field_code")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["pool_project.id"],
            name=op.f("fk_pool_project_field_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "field_code", name=op.f("pk_pool_project_field")),
    )
    with op.batch_alter_table("pool_project_field", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pool_project_field_field_code"), ["field_code"], unique=False)

    op.create_table(
        "project_outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "pooled",
                "verifying",
                "verified",
                "failed",
                "in_pilot",
                "industrialised",
                "withdrawn",
                name="stage",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("summary_zh", sa.String(length=4000), nullable=False),
        sa.Column("summary_en", sa.String(length=4000), nullable=True),
        sa.Column(
            "facts",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["pool_project.id"],
            name=op.f("fk_project_outcome_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_outcome")),
        sa.UniqueConstraint("uid", name=op.f("uq_project_outcome_uid")),
    )
    with op.batch_alter_table("project_outcome", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_outcome_project_id"), ["project_id"], unique=False)

    op.create_table(
        "project_platform",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("verification", "pilot", "testing", name="projectrole", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("since", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_project_platform_platform_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["pool_project.id"],
            name=op.f("fk_project_platform_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_platform")),
        sa.UniqueConstraint(
            "project_id", "platform_id", "role", name=op.f("uq_project_platform_project_id_platform_id_role")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_project_platform_uid")),
    )
    with op.batch_alter_table("project_platform", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_project_platform_platform_id"), ["platform_id"], unique=False)

    op.create_table(
        "stage_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column(
            "before",
            sa.Enum(
                "pooled",
                "verifying",
                "verified",
                "failed",
                "in_pilot",
                "industrialised",
                "withdrawn",
                name="stage",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "after",
            sa.Enum(
                "pooled",
                "verifying",
                "verified",
                "failed",
                "in_pilot",
                "industrialised",
                "withdrawn",
                name="stage",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note_zh", sa.String(length=4000), nullable=True),
        sa.Column("note_en", sa.String(length=4000), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["pool_project.id"], name=op.f("fk_stage_change_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_change")),
        sa.UniqueConstraint("uid", name=op.f("uq_stage_change_uid")),
    )
    with op.batch_alter_table("stage_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stage_change_project_id"), ["project_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("stage_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stage_change_project_id"))

    op.drop_table("stage_change")
    with op.batch_alter_table("project_platform", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_platform_platform_id"))

    op.drop_table("project_platform")
    with op.batch_alter_table("project_outcome", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_project_outcome_project_id"))

    op.drop_table("project_outcome")
    with op.batch_alter_table("pool_project_field", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pool_project_field_field_code"))

    op.drop_table("pool_project_field")
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_milestone_project_id"))

    op.drop_table("milestone")
    with op.batch_alter_table("pool_project", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pool_project_stage"))
        batch_op.drop_index(batch_op.f("ix_pool_project_demo"))

    op.drop_table("pool_project")
