"""A disaster, rehearsed: a running portal is filled, backed up, destroyed and restored elsewhere. See `make drill`."""
