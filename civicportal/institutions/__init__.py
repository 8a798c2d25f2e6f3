"""The tree of bodies that receive and answer: names, remits, regions, departments, successors.

Reads the grants that accounts owns.
"""
