"""The advisor: which method to quote on this panel, decided before outcomes after adoption are seen.

Simulated copies of the user's own panel (its sizes, its missing cells, its adoption dates) tell how often each method
rejects without an effect and how often it finds one.
"""
