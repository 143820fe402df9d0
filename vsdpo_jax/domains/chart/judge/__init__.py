"""The verdict on a painted chart: defects, what was asked against what can be read, the rubric."""
