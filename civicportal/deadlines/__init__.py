"""The statutory clock: pure rules, the table of closures, and due dates that explain themselves.

Owns how time is counted. Does not own what is due: domains store their due dates with the rule and version.
"""
