"""Regions, institutions and departments."""

import factory

from civicportal.institutions.models import Department, Institution, Region
from civicportal.institutions.states import InstitutionType
from tests.factories.base import PortalFactory


class RegionFactory(PortalFactory):
    class Meta:
        model = Region

    code = factory.Sequence(lambda n: f"{n + 10}")
    name_ko = factory.Sequence(lambda n: f"시험시{n}")
    name_en = factory.Sequence(lambda n: f"Testcity {n}")


class InstitutionFactory(PortalFactory):
    class Meta:
        model = Institution

    code = factory.Sequence(lambda n: f"body-{n}")
    name_ko = factory.Sequence(lambda n: f"시험기관{n}")
    name_en = factory.Sequence(lambda n: f"Test Body {n}")
    type = InstitutionType.CENTRAL
    remit_ko = "도로와 가로등을 맡습니다."
    remit_en = "Roads and street lights."


class DepartmentFactory(PortalFactory):
    class Meta:
        model = Department

    institution = factory.SubFactory(InstitutionFactory)
    code = factory.Sequence(lambda n: f"d{n}")
    name_ko = factory.Sequence(lambda n: f"시험과{n}")
    name_en = factory.Sequence(lambda n: f"Division {n}")
