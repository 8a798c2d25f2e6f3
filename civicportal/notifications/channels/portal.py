"""The list of notices in the portal."""

from civicportal.notifications.channels.base import Delivery, Outcome, Parcel
from config import Settings


class PortalChannel:
    """The stored row is itself the notice."""

    name = "portal"
    instant = True

    def send(self, _parcel: Parcel, _settings: Settings) -> Delivery:
        """Nothing is left to do."""
        return Delivery(Outcome.SENT)


PORTAL = PortalChannel()
