"""Pages of petitions: filing, reading, following, and the officers' desk. `blueprint` holds them all."""

from civicportal.petitions.routes.blueprint import blueprint

__all__ = ["blueprint"]
