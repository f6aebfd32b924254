"""People, their roles and the regions they answer for (用户 角色 地区)."""
