"""Kinds of institution."""

from civicportal.core.i18n import lazy
from civicportal.core.titles import TitledEnum


class InstitutionType(TitledEnum):
    """What sort of body it is; the value is what import files hold."""

    CENTRAL = "central", lazy("Central government")
    LOCAL = "local", lazy("Local government")
    EDUCATION = "education", lazy("Education office")
    OVERSEAS_MISSION = "overseas_mission", lazy("Mission abroad")
    JUDICIARY = "judiciary", lazy("Court")
    PUBLIC_BODY = "public_body", lazy("Public body")
