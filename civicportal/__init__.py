"""civicportal: an open civic portal, from filing to answer, in public."""
