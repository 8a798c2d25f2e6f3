"""In which order readers put arguments."""

from math import sqrt

Z = 1.96  # 95 per cent
MILLION = 1_000_000
HIDDEN = -1


def lower_bound(helpful: int, unhelpful: int) -> float:
    """How much of a crowd would at least find it helpful, judging by those who rated: 0 to 1.

    The lower end of the Wilson score interval (E. B. Wilson, 1927) at 95 per cent, so that nine of ten ratings rank
    above one of one. 0 for no ratings.
    """
    count = helpful + unhelpful
    if not count:
        return 0.0
    share = helpful / count
    middle = share + Z * Z / (2 * count)
    spread = Z * sqrt((share * (1 - share) + Z * Z / (4 * count)) / count)
    return max(0.0, (middle - spread) / (1 + Z * Z / count))


def rank(helpful: int, unhelpful: int) -> int:
    """The same in millionths, to be stored and sorted by: the highest first, of equals the older one.

    What is hidden has the rank `HIDDEN`, below all others.
    """
    return round(lower_bound(helpful, unhelpful) * MILLION)
