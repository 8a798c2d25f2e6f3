"""Backups, the way back from them, and the move to another database. Knows tables and files, nothing of what they mean.

What a restored vote may do is decided in `voting`; what receipts bring back, in `petitions`.
"""
