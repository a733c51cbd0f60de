"""The audit trail: who did what, when, with what it was before and after. It can be added to, and that is all."""

from app.audit.write import SYSTEM, Owner, actor_of, record

__all__ = ["SYSTEM", "Owner", "actor_of", "record"]
