"""releases

Revision: 0a857dece4b0
Follows: 5a60dfc3e2fd
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0a857dece4b0"
down_revision: str | None = "5a60dfc3e2fd"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("catalogue_release", "catalogue_release_entry")
REFUSAL = "a release cannot be changed"
# An entry beyond the number that its release states would change it, and all within it are there from the first.
BEYOND = (
    "NEW.position < 0 OR NEW.position >= "
    "(SELECT entry_count FROM catalogue_release WHERE id = NEW.release_id)"
)
SQLITE = [
    *(
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        for table in TABLES
        for verb in ("UPDATE", "DELETE")
    ),
    (
        "CREATE TRIGGER catalogue_release_entry_beyond BEFORE INSERT ON catalogue_release_entry "
        f"WHEN {BEYOND} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    ),
]
REFUSE = f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'insufficient_privilege';"
POSTGRESQL = [
    (
        "CREATE FUNCTION catalogue_release_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {REFUSE} END $$"
    ),
    (
        "CREATE FUNCTION catalogue_release_entry_check() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {BEYOND} THEN {REFUSE} END IF; RETURN NEW; END $$"
    ),
    *(
        f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION catalogue_release_refuse()"
        for table in TABLES
    ),
    (
        "CREATE TRIGGER catalogue_release_entry_beyond BEFORE INSERT ON catalogue_release_entry "
        "FOR EACH ROW EXECUTE FUNCTION catalogue_release_entry_check()"
    ),
]


def upgrade() -> None:
    op.create_table(
        "catalogue_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.String(length=6), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_count", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_release")),
        sa.UniqueConstraint("edition", name=op.f("uq_catalogue_release_edition")),
        sa.UniqueConstraint("uid", name=op.f("uq_catalogue_release_uid")),
    )
    with op.batch_alter_table("catalogue_release", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_catalogue_release_region_code"), ["region_code"], unique=False)

    op.create_table(
        "catalogue_release_entry",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("platform_uid", sa.Uuid(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["catalogue_release.id"], name=op.f("fk_catalogue_release_entry_release_id")
        ),
        sa.PrimaryKeyConstraint("release_id", "position", name=op.f("pk_catalogue_release_entry")),
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if is_sqlite else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("catalogue_release_entry")
    with op.batch_alter_table("catalogue_release", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_catalogue_release_region_code"))

    op.drop_table("catalogue_release")
    if op.get_bind().dialect.name == "postgresql":
        for function in ("catalogue_release_refuse", "catalogue_release_entry_check"):
            op.execute(f"DROP FUNCTION {function}()")
