"""drafts of respondents

Revision: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    op.create_table(
        "draft",
        sa.Column("link_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_draft_link_id_link")),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_draft")),
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("draft")
