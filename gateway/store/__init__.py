"""SQLite: migrations, one module per noun, outbox, journal."""
