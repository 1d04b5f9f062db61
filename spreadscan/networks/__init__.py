"""The small networks: what each sees and answers, its weights beside it, and the door to onnxruntime."""
