"""The model bundle: what a trained model is on disk, its digest, and predictions from it; numpy and ONNX Runtime only."""
