"""What a WSGI server runs: `gunicorn wsgi:app`."""

from roadworks import create_app

app = create_app()
