"""What a task is, without a framework: arguments, records, features, batches, metrics, baselines, reports."""
