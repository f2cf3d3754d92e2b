"""Listening while it sounds: the ear, what it hears through, and its WebSocket."""
