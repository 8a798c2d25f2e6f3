"""Messages to people: outbox, rendering, channels and the list in the portal. Delivers, never decides.

Knows a recipient only as a snapshot (person id, address, language), so it needs no accounts.
"""
