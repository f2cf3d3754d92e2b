"""The file: its schema, its rows and blocks, who writes it, and what is to be written."""
