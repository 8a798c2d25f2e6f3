"""Every filing that an institution must answer: drafts, filing, assignments, answers, publication, satisfaction."""
