"""The three papers (社会卷 校长教师卷 学生卷) as data."""
