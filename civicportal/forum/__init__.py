"""Innovation tasks: proposing, review, reading, arguments, vote and threshold, until the Committee has them.

The Committee tells what became of a task through the services here; how votes are cast and counted is not ours.
"""
