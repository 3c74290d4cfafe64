"""The wild cluster bootstrap from cluster cross-products, and step-downs over several outcomes."""
