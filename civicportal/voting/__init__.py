"""Every vote of the portal: boxes, who may vote and who did, ballots, receipts, the public log, tallies, thresholds.

Knows nothing of what is voted on: whoever plans a box names its subject and hears by `news` what became of it.
"""
