"""Ways to reach a person. A further one is one file here and one line in this registry."""

from civicportal.core.registry import Registry
from civicportal.notifications.channels.base import Channel
from civicportal.notifications.channels.email import EMAIL
from civicportal.notifications.channels.portal import PORTAL

CHANNELS: Registry[Channel] = Registry(EMAIL, PORTAL)
