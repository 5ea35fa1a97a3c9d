"""What ``LogAnalyzer`` is made of: the predecessor's names over this package's numbers."""
