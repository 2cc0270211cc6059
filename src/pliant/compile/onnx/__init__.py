"""ONNX: the ops of a program said again as nodes of an ONNX graph, an op a function."""
