"""The model bundle: a trained model on disk, its digest, and predictions from it; numpy and ONNX Runtime only."""
