"""Quota plan, draw, links and cards, progress, release of reserves (配额 抽样 邀请 进度 递补)."""
