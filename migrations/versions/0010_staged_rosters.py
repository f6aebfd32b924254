"""uploaded rosters on their way in, digests of those taken in

Revision: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "roster_file",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("round_id", sa.String(length=16), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("encoding", sa.String(length=16), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("problem", sa.JSON(), nullable=False),
        sa.Column("n_rows", sa.Integer(), nullable=False),
        sa.Column("n_faulty", sa.Integer(), nullable=False),
        sa.Column("is_read", sa.Boolean(), nullable=False),
        sa.Column("is_checked", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_roster_file_round_id_round"),
        sa.PrimaryKeyConstraint("id", name="pk_roster_file"),
    )
    op.create_index("ix_roster_file_round_id", "roster_file", ["round_id"])
    for table, place in (("roster_staged", "first"), ("roster_faulty", "row")):
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("file_id", sa.String(length=16), nullable=False),
            sa.Column(place, sa.Integer(), nullable=False),
            sa.Column("sealed", sa.LargeBinary(), nullable=False),
            sa.ForeignKeyConstraint(
                ["file_id"],
                ["roster_file.id"],
                name=f"fk_{table}_file_id_roster_file",
                ondelete="CASCADE",
            ),
            sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
            sa.UniqueConstraint("file_id", place, name=f"uq_{table}_file_id"),
        )
    op.create_table(
        "roster_trace",
        sa.Column("round_id", sa.String(length=16), nullable=False),
        sa.Column("digests", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_roster_trace_round_id_round"),
        sa.PrimaryKeyConstraint("round_id", name="pk_roster_trace"),
    )


def downgrade() -> None:
    """Take the schema down again."""
    for table in ("roster_trace", "roster_faulty", "roster_staged", "roster_file"):
        op.drop_table(table)
