"""The verdict on a rendered page: defects, what was asked against what is seen, the rubric."""
