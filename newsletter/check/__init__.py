"""An issue and its email become findings: one small function a rule."""
