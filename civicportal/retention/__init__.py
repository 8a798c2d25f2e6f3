"""How long what is kept, who holds it longer, and what the portal tells and forgets about one person.

Owns the schedule, legal holds, the log of what went and the list of erasures. How a package's own rows are made
anonymous is the package's.
"""
