"""Scripts that train and measure: one folder for each framework, and what all of them share in ``tasks``."""
