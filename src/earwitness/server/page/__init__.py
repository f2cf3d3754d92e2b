"""The page: a few files in ``static/``, served as they are."""
