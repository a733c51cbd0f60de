"""Accounts of people and machines: registration, sessions, passwords, API keys."""
