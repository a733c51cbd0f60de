"""Webhooks by the Standard Webhooks scheme: events are signed and sent to addresses that asked for them.

Events of the outbox become deliveries (`fanout`), which are sent side by side and tried again over hours (`delivery`).
"""
