"""sequences, snippets, posts and engagement"""

import sqlalchemy as sa
from alembic import op

import newsletter.database

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
TIME = newsletter.database.UtcDateTime(timezone=True)


def upgrade() -> None:
    op.create_table('snippets',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('snippet_type', sa.String(), nullable=False),
    sa.Column('content', sa.Text(), nullable=True),
    sa.Column('value_html', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('archived', sa.Boolean(), nullable=False),
    sa.Column('created_at', TIME, nullable=False),
    sa.Column('updated_at', TIME, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_snippets')),
    sa.UniqueConstraint('key', name=op.f('uq_snippets_key')),
    sqlite_autoincrement=True
    )
    op.create_table('sequences',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('hold', sa.Boolean(), nullable=False),
    sa.Column('repeat', sa.Boolean(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('email_address', sa.String(), nullable=True),
    sa.Column('email_template_id', ID, nullable=True),
    sa.Column('send_days', sa.JSON(), nullable=False),
    sa.Column('send_hour', sa.Integer(), nullable=False),
    sa.Column('time_zone', sa.String(), nullable=False),
    sa.Column('exclude_subscriber_sources', sa.JSON(), nullable=False),
    sa.Column('created_at', TIME, nullable=False),
    sa.Column('updated_at', TIME, nullable=False),
    sa.Column('deleted_at', TIME, nullable=True),
    sa.ForeignKeyConstraint(['email_template_id'], ['email_templates.id'], name=op.f('fk_sequences_email_template_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sequences')),
    sqlite_autoincrement=True
    )
    op.create_table('links',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('broadcast_id', ID, nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['broadcast_id'], ['broadcasts.id'], name=op.f('fk_links_broadcast_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_links')),
    sa.UniqueConstraint('broadcast_id', 'url', name=op.f('uq_links_broadcast_id_url')),
    sqlite_autoincrement=True
    )
    op.create_table('opens',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('broadcast_id', ID, nullable=False),
    sa.Column('subscriber_id', ID, nullable=False),
    sa.Column('at', TIME, nullable=False),
    sa.ForeignKeyConstraint(['broadcast_id'], ['broadcasts.id'], name=op.f('fk_opens_broadcast_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscribers.id'], name=op.f('fk_opens_subscriber_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_opens')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('opens', schema=None) as batch_op:
        batch_op.create_index('ix_opens_broadcast_id_subscriber_id', ['broadcast_id', 'subscriber_id', 'at'], unique=False)
        batch_op.create_index('ix_opens_subscriber_id_at', ['subscriber_id', 'at'], unique=False)

    op.create_table('posts',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('broadcast_id', ID, nullable=False),
    sa.Column('slug', sa.String(), nullable=False),
    sa.Column('created_at', TIME, nullable=False),
    sa.Column('announced_at', TIME, nullable=True),
    sa.ForeignKeyConstraint(['broadcast_id'], ['broadcasts.id'], name=op.f('fk_posts_broadcast_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_posts')),
    sa.UniqueConstraint('broadcast_id', name=op.f('uq_posts_broadcast_id')),
    sa.UniqueConstraint('slug', name=op.f('uq_posts_slug')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('posts', schema=None) as batch_op:
        batch_op.create_index('ix_posts_announced_at', ['announced_at'], unique=False)

    op.create_table('sequence_emails',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('sequence_id', ID, nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('preview_text', sa.Text(), nullable=True),
    sa.Column('content', sa.Text(), nullable=True),
    sa.Column('email_template_id', ID, nullable=True),
    sa.Column('published', sa.Boolean(), nullable=False),
    sa.Column('delay_value', sa.Integer(), nullable=False),
    sa.Column('delay_unit', sa.String(), nullable=False),
    sa.Column('send_days', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('created_at', TIME, nullable=False),
    sa.Column('updated_at', TIME, nullable=False),
    sa.ForeignKeyConstraint(['email_template_id'], ['email_templates.id'], name=op.f('fk_sequence_emails_email_template_id')),
    sa.ForeignKeyConstraint(['sequence_id'], ['sequences.id'], name=op.f('fk_sequence_emails_sequence_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sequence_emails')),
    sa.UniqueConstraint('sequence_id', 'position', name=op.f('uq_sequence_emails_sequence_id_position')),
    sqlite_autoincrement=True
    )
    op.create_table('sequence_members',
    sa.Column('sequence_id', ID, nullable=False),
    sa.Column('subscriber_id', ID, nullable=False),
    sa.Column('added_at', TIME, nullable=False),
    sa.Column('completed_at', TIME, nullable=True),
    sa.ForeignKeyConstraint(['sequence_id'], ['sequences.id'], name=op.f('fk_sequence_members_sequence_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscribers.id'], name=op.f('fk_sequence_members_subscriber_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('sequence_id', 'subscriber_id', name=op.f('pk_sequence_members'))
    )
    with op.batch_alter_table('sequence_members', schema=None) as batch_op:
        batch_op.create_index('ix_sequence_members_sequence_id_added_at', ['sequence_id', 'added_at', 'subscriber_id'], unique=False)
        batch_op.create_index('ix_sequence_members_subscriber_id', ['subscriber_id'], unique=False)

    op.create_table('clicks',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('link_id', ID, nullable=False),
    sa.Column('broadcast_id', ID, nullable=False),
    sa.Column('subscriber_id', ID, nullable=False),
    sa.Column('at', TIME, nullable=False),
    sa.ForeignKeyConstraint(['broadcast_id'], ['broadcasts.id'], name=op.f('fk_clicks_broadcast_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['link_id'], ['links.id'], name=op.f('fk_clicks_link_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscribers.id'], name=op.f('fk_clicks_subscriber_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clicks')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('clicks', schema=None) as batch_op:
        batch_op.create_index('ix_clicks_broadcast_id_subscriber_id', ['broadcast_id', 'subscriber_id'], unique=False)
        batch_op.create_index('ix_clicks_link_id_subscriber_id', ['link_id', 'subscriber_id', 'at'], unique=False)
        batch_op.create_index('ix_clicks_subscriber_id_at', ['subscriber_id', 'at'], unique=False)

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('track_opens', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('track_clicks', sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table('broadcasts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('opens_tracked', sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column('clicks_tracked', sa.Boolean(), nullable=True))

    with op.batch_alter_table('webhook_endpoints', schema=None) as batch_op:
        batch_op.add_column(sa.Column('app_id', ID, nullable=True))
        batch_op.add_column(sa.Column('created_by_app', sa.Text(), nullable=True))

    # Letters that are public already have a web side from now on, and no news is made of it.
    op.execute(
        "INSERT INTO posts (broadcast_id, slug, created_at, announced_at) "
        "SELECT id, 'letter-' || id, created_at, published_at FROM broadcasts WHERE public"
    )
