"""wapiti and sqlmap against a running portal: who scans, what is left alone, how it is told."""
