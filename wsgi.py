"""The WSGI application: `granian --interface wsgi wsgi:app`."""
from civicportal.app import create_app
from config import from_env

app = create_app(from_env())
