"""The S3 store and its buckets."""
