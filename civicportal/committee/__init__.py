"""Bodies that decide: members, quorum, the queue of items, motions and decisions. Tells tasks through the forum."""
