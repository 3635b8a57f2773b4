"""Run the migrations on the connection that the caller hands over."""

from alembic import context

from warnbroker.store import registers

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=registers.audit.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
