"""residents by area, window and version of a round

Revision: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up."""
    with op.batch_alter_table("round", schema=None) as batch_op:
        batch_op.add_column(sa.Column("areas", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("opens_on", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("closes_on", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    """Take the schema down again."""
    with op.batch_alter_table("round", schema=None) as batch_op:
        for column in ("version", "closes_on", "opens_on", "areas"):
            batch_op.drop_column(column)
