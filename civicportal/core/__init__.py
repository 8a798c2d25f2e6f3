"""Shared kernel: transactions, states, permissions, audit, tasks, languages and the web edge.

Owns what every domain needs and knows no domain. Imports nothing above itself.
"""
