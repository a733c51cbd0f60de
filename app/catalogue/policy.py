"""Who may search what: the public catalogue and pool anybody, what members may read only those who are signed in.

That they are members is decided in the use case: it depends on the platforms of their organisations.
"""

from app.auth.rules import Row
from app.auth.scopes import Scope
from app.auth.who import Who

ROWS = (Row("search_projects_as_member", (Who.SIGNED_IN,), key=Scope.RESULT_READ),)
