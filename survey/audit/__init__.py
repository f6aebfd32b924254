"""The audit log for people to read (审计日志): events of one's own region, and its head."""
