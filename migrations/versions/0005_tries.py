"""tries, counted for all processes together

Revision: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "tries",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tries")),
    )
    op.create_index(op.f("ix_tries_ends"), "tries", ["ends"])


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("tries")
