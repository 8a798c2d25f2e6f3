"""Forms of petitions: shape and copy, no rules of the domain."""
