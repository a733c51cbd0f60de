"""The feed of changes: what others need to keep a copy of the published catalogue."""
