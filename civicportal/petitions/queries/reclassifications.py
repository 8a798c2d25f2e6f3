"""Changes of type."""

from civicportal.petitions.models import Petition, Reclassification
from civicportal.petitions.states import ReclassificationState


def waiting(petition: Petition) -> Reclassification | None:
    """The change of type that waits for a second person."""
    return next((change for change in petition.reclassifications
                 if change.state is ReclassificationState.WAITING), None)
