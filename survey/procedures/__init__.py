"""The procedure of a year between the levels (评估程序): reports, reviews, publications."""
