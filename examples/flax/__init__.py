"""The Flax scripts and the training loop they share."""
