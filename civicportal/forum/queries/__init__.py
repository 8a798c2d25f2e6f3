"""Read side of the forum. What is public names no citizen; who may see a draft stands in the one SELECT."""
