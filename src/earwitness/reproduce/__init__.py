"""One command a published table: rows as data, run with the published models, or with stand-ins."""
