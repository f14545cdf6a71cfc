"""readers by key, vanished and erased"""

import sqlalchemy as sa
from alembic import op

import newsletter.database

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

UTC = newsletter.database.UtcDateTime(timezone=True)
PAGE = 1000


def upgrade() -> None:
    op.create_table('consents',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('target', sa.String(), nullable=False),
    sa.Column('subscriber_id', sa.BigInteger(), nullable=False),
    sa.Column('at', UTC, nullable=False),
    sa.Column('how', sa.String(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consents'))
    )
    with op.batch_alter_table('consents', schema=None) as batch_op:
        batch_op.create_index('ix_consents_target_subscriber_id', ['target', 'subscriber_id'], unique=False)

    op.create_table('erasures',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('at', UTC, nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_erasures'))
    )
    with op.batch_alter_table('targets', schema=None) as batch_op:
        batch_op.add_column(sa.Column('walked_at', UTC, nullable=True))
        batch_op.add_column(sa.Column('unlisted', sa.Integer(), nullable=True))

    with op.batch_alter_table('subscribers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('vanished_at', UTC, nullable=True))
        batch_op.add_column(sa.Column('email_key', sa.String(), nullable=True))
        batch_op.drop_index('ix_subscribers_target_email_address')
    _fill_keys()
    with op.batch_alter_table('subscribers', schema=None) as batch_op:
        batch_op.alter_column('email_key', existing_type=sa.String(), nullable=False)
        batch_op.create_index('ix_subscribers_target_email_key', ['target', 'email_key'], unique=False)


def _fill_keys() -> None:
    # Databases fold letters differently, SQLite only those of ASCII; Python decides.
    rows = sa.table('subscribers', sa.column('target'), sa.column('id'), sa.column('email_address'), sa.column('email_key'))
    connection = op.get_bind()
    unfilled = sa.select(rows.c.target, rows.c.id, rows.c.email_address).where(rows.c.email_key.is_(None)).limit(PAGE)
    here = sa.and_(rows.c.target == sa.bindparam('at'), rows.c.id == sa.bindparam('number'))
    while found := connection.execute(unfilled).all():
        connection.execute(
            sa.update(rows).where(here).values(email_key=sa.bindparam('folded')),
            [{'at': target, 'number': number, 'folded': address.strip().casefold()} for target, number, address in found],
        )
