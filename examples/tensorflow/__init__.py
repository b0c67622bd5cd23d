"""The TensorFlow scripts and the training loop they share."""
