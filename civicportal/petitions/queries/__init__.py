"""Read side of petitions: named selects, each with the rule of who may see what in the one SELECT."""
