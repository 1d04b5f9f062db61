"""The small networks: what each sees, its weights beside it, and the door to onnxruntime."""
