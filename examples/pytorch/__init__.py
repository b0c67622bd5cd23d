"""The PyTorch scripts and the training loop they share."""
