"""Kinds of institution."""

from enum import StrEnum

from civicportal.core.i18n import lazy


class InstitutionType(StrEnum):
    """What sort of body it is; the value is what import files hold."""

    CENTRAL = "central"
    LOCAL = "local"
    EDUCATION = "education"
    OVERSEAS_MISSION = "overseas_mission"
    JUDICIARY = "judiciary"
    PUBLIC_BODY = "public_body"

    @property
    def title(self) -> object:  # type: ignore[override] # str.title() means nothing for a kind
        return TYPE_TITLES[self]


TYPE_TITLES = {
    InstitutionType.CENTRAL: lazy("Central government"),
    InstitutionType.LOCAL: lazy("Local government"),
    InstitutionType.EDUCATION: lazy("Education office"),
    InstitutionType.OVERSEAS_MISSION: lazy("Mission abroad"),
    InstitutionType.JUDICIARY: lazy("Court"),
    InstitutionType.PUBLIC_BODY: lazy("Public body"),
}
