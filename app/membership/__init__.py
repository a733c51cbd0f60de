"""Organisations of users, their members and invitations; members of departments; experts."""
