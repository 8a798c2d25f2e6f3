"""Switches: parts of the portal that operators turn off for a while, and what the public is told meanwhile.

Owns the table of switches and the one check that services make. What a part does is known above.
"""
