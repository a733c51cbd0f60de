"""kept_matches

Revision: f081526cab9d
Follows: c0e1c91a18c2
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = "f081526cab9d"
down_revision: str | None = "c0e1c91a18c2"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "match_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("inputs_hash", sa.String(length=64), nullable=False),
        sa.Column("scorer_version", sa.String(length=40), nullable=False),
        sa.Column(
            "weights",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("index_version", sa.String(length=40), nullable=False),
        sa.Column("vocabulary_version", sa.String(length=80), nullable=False),
        sa.Column("engine", sa.String(length=40), nullable=False),
        sa.Column("degraded", sa.Boolean(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("answer_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_match_run_person_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_match_run_result_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_run")),
        sa.UniqueConstraint("uid", name=op.f("uq_match_run_uid")),
    )
    with op.batch_alter_table("match_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_match_run_result_id"), ["result_id"], unique=False)

    op.create_table(
        "watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind", sa.Enum("search", "match", name="watchkind", native_enum=False, length=40), nullable=False
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "request",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("on_date", sa.Date(), nullable=True),
        sa.Column(
            "cadence",
            sa.Enum("at_once", "daily", "weekly", name="cadence", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "seen",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("looked_version", sa.Integer(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stop_hash", sa.String(length=64), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_watch_person_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_watch_result_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch")),
        sa.UniqueConstraint("stop_hash", name=op.f("uq_watch_stop_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_watch_uid")),
    )
    with op.batch_alter_table("watch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_watch_due"), ["due"], unique=False)
        batch_op.create_index(batch_op.f("ix_watch_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_watch_result_id"), ["result_id"], unique=False)

    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("watch_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("platform_uid", sa.Uuid(), nullable=True),
        sa.Column(
            "payload",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watch.id"], name=op.f("fk_alert_watch_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("uid", name=op.f("uq_alert_uid")),
        sa.UniqueConstraint("watch_id", "cause", name=op.f("uq_alert_watch_id_cause")),
    )
    op.create_table(
        "match_feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("need_key", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("useful", "contacted", "wrong", name="feedbackkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("claimed", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=2000), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_match_feedback_person_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_match_feedback_platform_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["match_run.id"], name=op.f("fk_match_feedback_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_feedback")),
        sa.UniqueConstraint(
            "run_id",
            "person_id",
            "platform_id",
            "need_key",
            "kind",
            name=op.f("uq_match_feedback_run_id_person_id_platform_id_need_key_kind"),
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_match_feedback_uid")),
    )
    with op.batch_alter_table("match_feedback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_match_feedback_platform_id"), ["platform_id"], unique=False)

    op.create_table(
        "watch_need",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("watch_id", sa.Integer(), nullable=False),
        sa.Column("need_key", sa.String(length=64), nullable=False),
        sa.Column("must", sa.Boolean(), nullable=False),
        sa.Column("capability", sa.String(length=64), nullable=True),
        sa.Column("standard_base", sa.String(length=80), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("platform_uid", sa.Uuid(), nullable=True),
        sa.Column("lines", sa.String(length=60), nullable=False),
        sa.Column("successor", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["watch_id"], ["watch.id"], name=op.f("fk_watch_need_watch_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_need")),
        sa.UniqueConstraint("watch_id", "need_key", name=op.f("uq_watch_need_watch_id_need_key")),
    )
    with op.batch_alter_table("watch_need", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_watch_need_capability"), ["capability"], unique=False)
        batch_op.create_index(batch_op.f("ix_watch_need_platform_uid"), ["platform_uid"], unique=False)
        batch_op.create_index(batch_op.f("ix_watch_need_standard_base"), ["standard_base"], unique=False)

    op.create_table(
        "data_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("feedback_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "answered", "closed", name="datataskstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "evidence",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=2000), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum("confirmed", "refuted", "unclear", name="taskoutcome", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column("conclusion", sa.String(length=2000), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["match_feedback.id"], name=op.f("fk_data_task_feedback_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_data_task_platform_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_task")),
        sa.UniqueConstraint("feedback_id", name=op.f("uq_data_task_feedback_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_data_task_uid")),
    )
    with op.batch_alter_table("data_task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_data_task_platform_id"), ["platform_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_data_task_state"), ["state"], unique=False)
    op.create_table(
        "progress",
        sa.Column("follower", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("follower", name=op.f("pk_progress")),
    )
    op.create_table(
        "demand_look",
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_demand_look_result_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("result_id", "version_number", name=op.f("pk_demand_look")),
    )
    op.create_table(
        "demand_told",
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_demand_told_platform_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["result.id"], name=op.f("fk_demand_told_result_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("platform_id", "result_id", name=op.f("pk_demand_told")),
    )


def downgrade() -> None:
    op.drop_table("demand_told")
    op.drop_table("demand_look")
    op.drop_table("progress")
    with op.batch_alter_table("data_task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_data_task_state"))
        batch_op.drop_index(batch_op.f("ix_data_task_platform_id"))

    op.drop_table("data_task")
    with op.batch_alter_table("watch_need", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_watch_need_standard_base"))
        batch_op.drop_index(batch_op.f("ix_watch_need_platform_uid"))
        batch_op.drop_index(batch_op.f("ix_watch_need_capability"))

    op.drop_table("watch_need")
    with op.batch_alter_table("match_feedback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_match_feedback_platform_id"))

    op.drop_table("match_feedback")
    op.drop_table("alert")
    with op.batch_alter_table("watch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_watch_result_id"))
        batch_op.drop_index(batch_op.f("ix_watch_person_id"))
        batch_op.drop_index(batch_op.f("ix_watch_due"))

    op.drop_table("watch")
    with op.batch_alter_table("match_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_match_run_result_id"))

    op.drop_table("match_run")
