"""The school tables (学校数据表) that an indicator engine reads."""
