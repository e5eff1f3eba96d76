"""The one way from raw rows to the float32 matrix of a model, shared by training and serving; numpy only."""
