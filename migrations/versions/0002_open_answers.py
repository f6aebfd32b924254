"""open answers at places, and sheets of paper typed in

Revision: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "open_place",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("round_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_open_place_round_id_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_place")),
        sa.UniqueConstraint("round_id", "name", "category", name=op.f("uq_open_place_round_id")),
        sa.UniqueConstraint("token", name=op.f("uq_open_place_token")),
    )
    with op.batch_alter_table("open_place", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_open_place_round_id"), ["round_id"], unique=False)

    op.create_table(
        "open_envelope",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("round_id", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_open_envelope_round_id_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_envelope")),
    )
    with op.batch_alter_table("open_envelope", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_open_envelope_round_id"), ["round_id"], unique=False)

    op.create_table(
        "open_paper",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("round_id", sa.String(length=16), nullable=False),
        sa.Column("place_id", sa.String(length=16), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"], ["open_place.id"], name=op.f("fk_open_paper_place_id_open_place")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_open_paper_round_id_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_paper")),
    )
    with op.batch_alter_table("open_paper", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_open_paper_round_id"), ["round_id"], unique=False)

    op.create_table(
        "typed_sheets",
        sa.Column("round_id", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("hour", sa.String(length=16), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_typed_sheets_round_id_round")
        ),
        sa.PrimaryKeyConstraint("round_id", "actor", "hour", name=op.f("pk_typed_sheets")),
    )


def downgrade() -> None:
    """Take the schema back."""
    for table in ("typed_sheets", "open_paper", "open_envelope", "open_place"):
        op.drop_table(table)
