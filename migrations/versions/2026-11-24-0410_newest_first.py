"""newest_first

Revision: 8d15c2ab7f04
Follows: 2c58f0b7e6a1
"""

from collections.abc import Sequence

from alembic import op

revision: str = "8d15c2ab7f04"
down_revision: str | None = "2c58f0b7e6a1"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_notification_newest", "notification", ["person_id", "id"], unique=False)
    op.create_index("ix_pool_project_newest", "pool_project", ["pooled_at", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_pool_project_newest", table_name="pool_project")
    op.drop_index("ix_notification_newest", table_name="notification")
