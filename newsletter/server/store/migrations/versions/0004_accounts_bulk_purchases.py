"""accounts, bulk requests, purchases"""

import sqlalchemy as sa
from alembic import op

import newsletter.database

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
TIME = newsletter.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('colors', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('profile', sa.JSON(none_as_null=True), nullable=True))
    with op.batch_alter_table('webhook_deliveries', schema=None) as batch_op:
        batch_op.add_column(sa.Column('callback_url', sa.Text(), nullable=True))
    with op.batch_alter_table('subscribers', schema=None) as batch_op:
        batch_op.create_index('ix_subscribers_created_at_id', ['created_at', 'id'], unique=False)
        batch_op.create_index('ix_subscribers_state_canceled_at', ['state', 'canceled_at', 'id'], unique=False)

    op.create_table('locations',
    sa.Column('subscriber_id', ID, nullable=False),
    sa.Column('city', sa.Text(), nullable=True),
    sa.Column('state_province', sa.Text(), nullable=True),
    sa.Column('country_code', sa.String(), nullable=False),
    sa.Column('latitude', sa.Float(), nullable=True),
    sa.Column('longitude', sa.Float(), nullable=True),
    sa.Column('timezone', sa.String(), nullable=True),
    sa.Column('x', sa.Float(), nullable=True),
    sa.Column('y', sa.Float(), nullable=True),
    sa.Column('z', sa.Float(), nullable=True),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscribers.id'], name=op.f('fk_locations_subscriber_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('subscriber_id', name=op.f('pk_locations'))
    )
    op.create_table('oauth_apps',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('client_id', sa.String(), nullable=False),
    sa.Column('secret_digest', sa.String(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('redirect_uris', sa.JSON(), nullable=False),
    sa.Column('created_at', TIME, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_oauth_apps')),
    sa.UniqueConstraint('client_id', name=op.f('uq_oauth_apps_client_id')),
    sqlite_autoincrement=True
    )
    op.create_table('oauth_codes',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('app_id', ID, nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('redirect_uri', sa.Text(), nullable=False),
    sa.Column('scope', sa.Text(), nullable=False),
    sa.Column('challenge', sa.String(), nullable=True),
    sa.Column('created_at', TIME, nullable=False),
    sa.Column('expires_at', TIME, nullable=False),
    sa.Column('used_at', TIME, nullable=True),
    sa.ForeignKeyConstraint(['app_id'], ['oauth_apps.id'], name=op.f('fk_oauth_codes_app_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_oauth_codes')),
    sa.UniqueConstraint('digest', name=op.f('uq_oauth_codes_digest')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('oauth_codes', schema=None) as batch_op:
        batch_op.create_index('ix_oauth_codes_app_id', ['app_id'], unique=False)

    op.create_table('oauth_tokens',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('app_id', ID, nullable=True),
    sa.Column('code_id', ID, nullable=True),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('refresh_digest', sa.String(), nullable=True),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('scope', sa.Text(), nullable=False),
    sa.Column('created_at', TIME, nullable=False),
    sa.Column('expires_at', TIME, nullable=True),
    sa.Column('refreshed_at', TIME, nullable=True),
    sa.Column('revoked_at', TIME, nullable=True),
    sa.ForeignKeyConstraint(['app_id'], ['oauth_apps.id'], name=op.f('fk_oauth_tokens_app_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['code_id'], ['oauth_codes.id'], name=op.f('fk_oauth_tokens_code_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_oauth_tokens')),
    sa.UniqueConstraint('digest', name=op.f('uq_oauth_tokens_digest')),
    sa.UniqueConstraint('refresh_digest', name=op.f('uq_oauth_tokens_refresh_digest')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('oauth_tokens', schema=None) as batch_op:
        batch_op.create_index('ix_oauth_tokens_app_id', ['app_id'], unique=False)
        batch_op.create_index('ix_oauth_tokens_code_id', ['code_id'], unique=False)

    op.create_table('bulk_requests',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('app_id', ID, nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('callback_url', sa.Text(), nullable=True),
    sa.Column('created_at', TIME, nullable=False),
    sa.Column('completed_at', TIME, nullable=True),
    sa.ForeignKeyConstraint(['app_id'], ['oauth_apps.id'], name=op.f('fk_bulk_requests_app_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_requests')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('bulk_requests', schema=None) as batch_op:
        batch_op.create_index('ix_bulk_requests_app_id', ['app_id'], unique=False)
        batch_op.create_index('ix_bulk_requests_completed_at_id', ['completed_at', 'id'], unique=False)

    op.create_table('bulk_slices',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('request_id', ID, nullable=False),
    sa.Column('is_done', sa.Integer(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=True),
    sa.Column('results', sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(['request_id'], ['bulk_requests.id'], name=op.f('fk_bulk_slices_request_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_slices')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('bulk_slices', schema=None) as batch_op:
        batch_op.create_index('ix_bulk_slices_request_id_is_done', ['request_id', 'is_done', 'id'], unique=False)

    op.create_table('purchases',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('subscriber_id', ID, nullable=False),
    sa.Column('transaction_id', sa.String(), nullable=False),
    sa.Column('email_address', sa.String(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('subtotal', sa.Float(), nullable=False),
    sa.Column('discount', sa.Float(), nullable=False),
    sa.Column('tax', sa.Float(), nullable=False),
    sa.Column('shipping', sa.Float(), nullable=False),
    sa.Column('total', sa.Float(), nullable=False),
    sa.Column('products', sa.JSON(), nullable=False),
    sa.Column('transaction_time', TIME, nullable=False),
    sa.Column('created_at', TIME, nullable=False),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscribers.id'], name=op.f('fk_purchases_subscriber_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchases')),
    sa.UniqueConstraint('transaction_id', name=op.f('uq_purchases_transaction_id')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('purchases', schema=None) as batch_op:
        batch_op.create_index('ix_purchases_subscriber_id', ['subscriber_id'], unique=False)
