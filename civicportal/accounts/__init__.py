"""People: how they register, confirm, sign in and leave; their level of identity; the grants they hold.

Does not own: what people file, or where institutions come from.
"""
