"""Read side of bodies, their queue, and what was decided."""
