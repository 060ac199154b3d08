"""统计监测: the day's figures, each the sum of rows one can open."""
