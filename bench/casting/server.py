"""The portal with the control beside it, for `bench.vote` to start as the web processes of production are started."""

from bench.casting.control import blueprint
from civicportal.app import create_app
from config import from_env

app = create_app(from_env(process="web"))
app.register_blueprint(blueprint, url_prefix="/<locale:locale>")
