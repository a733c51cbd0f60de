"""Stories: whole days of users, told with nothing but the API."""
