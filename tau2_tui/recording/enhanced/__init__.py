"""The predecessor's interface: ``D_enhanced`` domains, for this recorder and for tau2-bench's own runner."""
