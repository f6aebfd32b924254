"""opt-outs and the texts of a round

Revision: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "opt_out",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_opt_out")),
    )
    op.create_index(op.f("ix_opt_out_region"), "opt_out", ["region"])
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.String(length=16), nullable=False),
        sa.Column("selection_id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("fault", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_message_round_id_round")),
        sa.ForeignKeyConstraint(
            ["selection_id"], ["selection.id"], name=op.f("fk_message_selection_id_selection")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("batch", "selection_id", name=op.f("uq_message_batch")),
    )
    op.create_index(op.f("ix_message_round_id"), "message", ["round_id"])
    op.create_index(op.f("ix_message_selection_id"), "message", ["selection_id"])


def downgrade() -> None:
    """Take the schema down again."""
    op.drop_table("message")
    op.drop_table("opt_out")
