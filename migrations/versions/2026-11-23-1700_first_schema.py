"""first schema

Revision: 34aecedb6209
Follows: nothing
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision: str = "34aecedb6209"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "broader_object",
        sa.Column("narrower_key", sa.String(length=300), nullable=False),
        sa.Column("broader_key", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("narrower_key", "broader_key", name=op.f("pk_broader_object")),
    )
    op.create_table(
        "capability_term",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column(
            "synonyms",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "same_as",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "field_codes",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "designation",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_capability_term")),
    )
    op.create_table(
        "catalogue_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_version")),
    )
    op.create_table(
        "field",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("parent_code", sa.String(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=True),
        sa.Column(
            "aliases",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("in_plan", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["parent_code"], ["field.code"], name=op.f("fk_field_parent_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_field")),
    )
    with op.batch_alter_table("field", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_field_parent_code"), ["parent_code"], unique=False)

    op.create_table(
        "range_dimension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_range_dimension")),
        sa.UniqueConstraint("key", name=op.f("uq_range_dimension_key")),
    )
    op.create_table(
        "region",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("parent_code", sa.String(), nullable=True),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("slug", sa.String(), nullable=True),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("short_zh", sa.String(), nullable=True),
        sa.Column("name_en", sa.String(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("retired", sa.String(), nullable=True),
        sa.Column(
            "successor_codes",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["parent_code"], ["region.code"], name=op.f("fk_region_parent_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region")),
    )
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_region_parent_code"), ["parent_code"], unique=False)

    op.create_table(
        "seed_state",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "slugs",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("seeded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_seed_state")),
    )
    op.create_table(
        "service_function",
        sa.Column("group", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column(
            "synonyms",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("in_plan", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("group", "code", name=op.f("pk_service_function")),
    )
    op.create_table(
        "standard_equivalence",
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("adopts", sa.String(length=100), nullable=False),
        sa.Column("base", sa.String(length=80), nullable=False),
        sa.Column("adopts_base", sa.String(length=80), nullable=False),
        sa.Column("degree", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("confidence", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("number", "adopts", name=op.f("pk_standard_equivalence")),
    )
    with op.batch_alter_table("standard_equivalence", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_standard_equivalence_adopts_base"), ["adopts_base"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_standard_equivalence_base"), ["base"], unique=False)

    op.create_table(
        "standard_supersession",
        sa.Column("old", sa.String(length=100), nullable=False),
        sa.Column("new", sa.String(length=100), nullable=False),
        sa.Column("old_base", sa.String(length=80), nullable=False),
        sa.Column("new_base", sa.String(length=80), nullable=False),
        sa.Column("effective", sa.Date(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("confidence", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("old", "new", name=op.f("pk_standard_supersession")),
    )
    with op.batch_alter_table("standard_supersession", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_standard_supersession_new_base"), ["new_base"], unique=False)
        batch_op.create_index(batch_op.f("ix_standard_supersession_old_base"), ["old_base"], unique=False)

    op.create_table(
        "test_object",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("name_zh", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_object")),
        sa.UniqueConstraint("key", name=op.f("uq_test_object_key")),
    )
    op.create_table(
        "test_parameter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("name_zh", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_parameter")),
        sa.UniqueConstraint("key", name=op.f("uq_test_parameter_key")),
    )
    op.create_table(
        "field_crosswalk",
        sa.Column("field_code", sa.String(), nullable=False),
        sa.Column("taxonomy", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["field_code"], ["field.code"], name=op.f("fk_field_crosswalk_field_code")),
        sa.PrimaryKeyConstraint("field_code", "taxonomy", "code", name=op.f("pk_field_crosswalk")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=True),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("partner_candidate", sa.Boolean(), nullable=False),
        sa.Column(
            "source",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column("as_of", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_organisation_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_organisation_credit_code")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisation_slug")),
        sa.UniqueConstraint("uid", name=op.f("uq_organisation_uid")),
    )
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisation_name_zh"), ["name_zh"], unique=False)

    op.create_table(
        "standard",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("base", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("title_zh", sa.String(), nullable=True),
        sa.Column("capability_code", sa.String(), nullable=True),
        sa.Column(
            "field_codes",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["capability_code"], ["capability_term.code"], name=op.f("fk_standard_capability_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard")),
        sa.UniqueConstraint("base", name=op.f("uq_standard_base")),
        sa.UniqueConstraint("key", name=op.f("uq_standard_key")),
    )
    with op.batch_alter_table("standard", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_standard_capability_code"), ["capability_code"], unique=False)

    op.create_table(
        "platform",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "pilot_platform", "verification_centre", name="platformkind", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(), nullable=True),
        sa.Column("operator_id", sa.Integer(), nullable=True),
        sa.Column(
            "co_operators_zh",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "lead_type",
            sa.Enum(
                "enterprise_led",
                "third_party_led",
                "university_led",
                "government_led",
                name="leadtype",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "tier",
            sa.Enum(
                "construction",
                "municipal",
                "provincial",
                "national",
                name="tier",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("recognised_on", sa.Date(), nullable=True),
        sa.Column("status_note_zh", sa.String(), nullable=True),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("place_zh", sa.String(), nullable=True),
        sa.Column("in_province", sa.Boolean(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column(
            "process_mode",
            sa.Enum(
                "process", "discrete", "both", "software", name="processmode", native_enum=False, length=40
            ),
            nullable=True,
        ),
        sa.Column("summary_zh", sa.String(), nullable=True),
        sa.Column("summary_en", sa.String(), nullable=True),
        sa.Column(
            "serves_outsiders",
            sa.Enum("yes", "no", "unknown", name="outsiders", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column(
            "prose", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=True
        ),
        sa.Column(
            "facts",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column(
            "source",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column("as_of", sa.String(length=10), nullable=True),
        sa.Column("confidence", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(["operator_id"], ["organisation.id"], name=op.f("fk_platform_operator_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_platform_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform")),
        sa.UniqueConstraint("slug", name=op.f("uq_platform_slug")),
        sa.UniqueConstraint("uid", name=op.f("uq_platform_uid")),
    )
    with op.batch_alter_table("platform", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_platform_demo"), ["demo"], unique=False)
        batch_op.create_index(batch_op.f("ix_platform_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_platform_operator_id"), ["operator_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_platform_region_code"), ["region_code"], unique=False)

    op.create_table(
        "scope_posting",
        sa.Column("standard_id", sa.Integer(), nullable=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["standard_id"], ["standard.id"], name=op.f("fk_scope_posting_standard_id")),
        sa.PrimaryKeyConstraint("standard_id", "block", name=op.f("pk_scope_posting")),
    )
    op.create_table(
        "standard_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("standard_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["standard_id"], ["standard.id"], name=op.f("fk_standard_edition_standard_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard_edition")),
        sa.UniqueConstraint("number", name=op.f("uq_standard_edition_number")),
    )
    with op.batch_alter_table("standard_edition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_standard_edition_standard_id"), ["standard_id"], unique=False)

    op.create_table(
        "accreditation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column(
            "scheme", sa.Enum("CNAS", "CMA", name="scheme", native_enum=False, length=40), nullable=False
        ),
        sa.Column("certificate_no", sa.String(length=80), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "applied",
                "granted",
                "suspended",
                "withdrawn",
                name="accreditationstate",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "verification",
            sa.Enum("declared", "verified", name="verification", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("verified_by", sa.String(), nullable=True),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column(
            "source",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["holder_id"], ["organisation.id"], name=op.f("fk_accreditation_holder_id")),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_accreditation_platform_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accreditation")),
        sa.UniqueConstraint("slug", name=op.f("uq_accreditation_slug")),
        sa.UniqueConstraint("uid", name=op.f("uq_accreditation_uid")),
    )
    with op.batch_alter_table("accreditation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accreditation_platform_id"), ["platform_id"], unique=False)

    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("telephone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_contact_platform_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contact_platform_id"), ["platform_id"], unique=False)

    op.create_table(
        "equipment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("specs_zh", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_equipment_platform_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment")),
        sa.UniqueConstraint("uid", name=op.f("uq_equipment_uid")),
    )
    with op.batch_alter_table("equipment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_equipment_platform_id"), ["platform_id"], unique=False)

    op.create_table(
        "intake_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("description_zh", sa.String(), nullable=True),
        sa.Column("working_days", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_intake_step_platform_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_step")),
    )
    with op.batch_alter_table("intake_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_intake_step_platform_id"), ["platform_id"], unique=False)

    op.create_table(
        "platform_field",
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("field_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["field_code"], ["field.code"], name=op.f("fk_platform_field_field_code")),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_platform_field_platform_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("platform_id", "field_code", name=op.f("pk_platform_field")),
    )
    with op.batch_alter_table("platform_field", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_platform_field_field_code"), ["field_code"], unique=False)

    op.create_table(
        "service",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("function_code", sa.String(length=64), nullable=False),
        sa.Column("title_zh", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(), nullable=True),
        sa.Column("description_zh", sa.String(), nullable=True),
        sa.Column("description_en", sa.String(), nullable=True),
        sa.Column("batch_min", sa.Float(), nullable=True),
        sa.Column("batch_max", sa.Float(), nullable=True),
        sa.Column("batch_unit", sa.String(length=40), nullable=True),
        sa.Column("entry_trl", sa.Integer(), nullable=True),
        sa.Column("exit_trl", sa.Integer(), nullable=True),
        sa.Column("lead_time_days", sa.Integer(), nullable=True),
        sa.Column("monthly_capacity", sa.Integer(), nullable=True),
        sa.Column("voucher_accepted", sa.Boolean(), nullable=True),
        sa.Column("deliverables_zh", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_service_platform_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("slug", name=op.f("uq_service_slug")),
        sa.UniqueConstraint("uid", name=op.f("uq_service_uid")),
    )
    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_function_code"), ["function_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_service_platform_id"), ["platform_id"], unique=False)

    op.create_table(
        "setting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Uuid(), nullable=False),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("environment", "scenario", name="settingkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("description_zh", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["platform_id"], ["platform.id"], name=op.f("fk_setting_platform_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting")),
        sa.UniqueConstraint("uid", name=op.f("uq_setting_uid")),
    )
    with op.batch_alter_table("setting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_setting_platform_id"), ["platform_id"], unique=False)

    op.create_table(
        "capability",
        sa.Column("range_written", sa.String(length=200), nullable=True),
        sa.Column("range_min", sa.Float(), nullable=True),
        sa.Column("range_max", sa.Float(), nullable=True),
        sa.Column("range_unit", sa.String(length=60), nullable=True),
        sa.Column("range_dimension_id", sa.Integer(), nullable=True),
        sa.Column("range_low", sa.Float(), nullable=True),
        sa.Column("range_high", sa.Float(), nullable=True),
        sa.Column("range_low_open", sa.Boolean(), nullable=False),
        sa.Column("range_high_open", sa.Boolean(), nullable=False),
        sa.Column(
            "range_grades",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("term_code", sa.String(), nullable=True),
        sa.Column("object_id", sa.Integer(), nullable=True),
        sa.Column("parameter_id", sa.Integer(), nullable=True),
        sa.Column("standard_id", sa.Integer(), nullable=True),
        sa.Column("standard_number", sa.String(length=100), nullable=True),
        sa.Column("standard_year", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["object_id"], ["test_object.id"], name=op.f("fk_capability_object_id")),
        sa.ForeignKeyConstraint(
            ["parameter_id"], ["test_parameter.id"], name=op.f("fk_capability_parameter_id")
        ),
        sa.ForeignKeyConstraint(
            ["range_dimension_id"], ["range_dimension.id"], name=op.f("fk_capability_range_dimension_id")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_capability_service_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["standard_id"], ["standard.id"], name=op.f("fk_capability_standard_id")),
        sa.ForeignKeyConstraint(
            ["term_code"], ["capability_term.code"], name=op.f("fk_capability_term_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capability")),
    )
    with op.batch_alter_table("capability", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_capability_service_id"), ["service_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_capability_standard_id"), ["standard_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_capability_term_code"), ["term_code"], unique=False)

    op.create_table(
        "price_option",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("fixed", "from", "range", "negotiable", name="pricekind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("min_cny", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("max_cny", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("unit_zh", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_price_option_service_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_option")),
    )
    with op.batch_alter_table("price_option", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_price_option_service_id"), ["service_id"], unique=False)

    op.create_table(
        "scope_line",
        sa.Column("range_written", sa.String(length=200), nullable=True),
        sa.Column("range_min", sa.Float(), nullable=True),
        sa.Column("range_max", sa.Float(), nullable=True),
        sa.Column("range_unit", sa.String(length=60), nullable=True),
        sa.Column("range_dimension_id", sa.Integer(), nullable=True),
        sa.Column("range_low", sa.Float(), nullable=True),
        sa.Column("range_high", sa.Float(), nullable=True),
        sa.Column("range_low_open", sa.Boolean(), nullable=False),
        sa.Column("range_high_open", sa.Boolean(), nullable=False),
        sa.Column(
            "range_grades",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("accreditation_id", sa.Integer(), nullable=False),
        sa.Column("site_zh", sa.String(), nullable=True),
        sa.Column("object_id", sa.Integer(), nullable=True),
        sa.Column("parameter_id", sa.Integer(), nullable=True),
        sa.Column("standard_id", sa.Integer(), nullable=False),
        sa.Column("standard_number", sa.String(length=100), nullable=False),
        sa.Column("standard_year", sa.Integer(), nullable=True),
        sa.Column("clause", sa.String(length=200), nullable=True),
        sa.Column("restriction_zh", sa.String(), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["accreditation_id"],
            ["accreditation.id"],
            name=op.f("fk_scope_line_accreditation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["object_id"], ["test_object.id"], name=op.f("fk_scope_line_object_id")),
        sa.ForeignKeyConstraint(
            ["parameter_id"], ["test_parameter.id"], name=op.f("fk_scope_line_parameter_id")
        ),
        sa.ForeignKeyConstraint(
            ["range_dimension_id"], ["range_dimension.id"], name=op.f("fk_scope_line_range_dimension_id")
        ),
        sa.ForeignKeyConstraint(["standard_id"], ["standard.id"], name=op.f("fk_scope_line_standard_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scope_line")),
    )
    with op.batch_alter_table("scope_line", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_scope_line_accreditation_id"), ["accreditation_id"], unique=False
        )
        batch_op.create_index(
            "ix_scope_line_standard_id_accreditation_id", ["standard_id", "accreditation_id"], unique=False
        )
        batch_op.create_index(
            "ix_scope_line_object_id_accreditation_id", ["object_id", "accreditation_id"], unique=False
        )
        batch_op.create_index(
            "ix_scope_line_parameter_id_accreditation_id", ["parameter_id", "accreditation_id"], unique=False
        )

    op.create_table(
        "service_field",
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("field_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["field_code"], ["field.code"], name=op.f("fk_service_field_field_code")),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_field_service_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("service_id", "field_code", name=op.f("pk_service_field")),
    )
    with op.batch_alter_table("service_field", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_field_field_code"), ["field_code"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("service_field", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_field_field_code"))

    op.drop_table("service_field")
    with op.batch_alter_table("scope_line", schema=None) as batch_op:
        batch_op.drop_index("ix_scope_line_parameter_id_accreditation_id")
        batch_op.drop_index("ix_scope_line_object_id_accreditation_id")
        batch_op.drop_index("ix_scope_line_standard_id_accreditation_id")
        batch_op.drop_index(batch_op.f("ix_scope_line_accreditation_id"))

    op.drop_table("scope_line")
    with op.batch_alter_table("price_option", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_price_option_service_id"))

    op.drop_table("price_option")
    with op.batch_alter_table("capability", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_capability_term_code"))
        batch_op.drop_index(batch_op.f("ix_capability_standard_id"))
        batch_op.drop_index(batch_op.f("ix_capability_service_id"))

    op.drop_table("capability")
    with op.batch_alter_table("setting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_setting_platform_id"))

    op.drop_table("setting")
    with op.batch_alter_table("service", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_platform_id"))
        batch_op.drop_index(batch_op.f("ix_service_function_code"))

    op.drop_table("service")
    with op.batch_alter_table("platform_field", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_platform_field_field_code"))

    op.drop_table("platform_field")
    with op.batch_alter_table("intake_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_intake_step_platform_id"))

    op.drop_table("intake_step")
    with op.batch_alter_table("equipment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_equipment_platform_id"))

    op.drop_table("equipment")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_platform_id"))

    op.drop_table("contact")
    with op.batch_alter_table("accreditation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accreditation_platform_id"))

    op.drop_table("accreditation")
    with op.batch_alter_table("standard_edition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_standard_edition_standard_id"))

    op.drop_table("standard_edition")
    op.drop_table("scope_posting")
    with op.batch_alter_table("platform", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_platform_region_code"))
        batch_op.drop_index(batch_op.f("ix_platform_operator_id"))
        batch_op.drop_index(batch_op.f("ix_platform_kind"))
        batch_op.drop_index(batch_op.f("ix_platform_demo"))

    op.drop_table("platform")
    with op.batch_alter_table("standard", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_standard_capability_code"))

    op.drop_table("standard")
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_name_zh"))

    op.drop_table("organisation")
    op.drop_table("field_crosswalk")
    op.drop_table("test_parameter")
    op.drop_table("test_object")
    with op.batch_alter_table("standard_supersession", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_standard_supersession_old_base"))
        batch_op.drop_index(batch_op.f("ix_standard_supersession_new_base"))

    op.drop_table("standard_supersession")
    with op.batch_alter_table("standard_equivalence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_standard_equivalence_base"))
        batch_op.drop_index(batch_op.f("ix_standard_equivalence_adopts_base"))

    op.drop_table("standard_equivalence")
    op.drop_table("service_function")
    op.drop_table("seed_state")
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_region_parent_code"))

    op.drop_table("region")
    op.drop_table("range_dimension")
    with op.batch_alter_table("field", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_field_parent_code"))

    op.drop_table("field")
    op.drop_table("catalogue_version")
    op.drop_table("capability_term")
    op.drop_table("broader_object")
