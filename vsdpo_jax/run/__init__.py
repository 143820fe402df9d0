"""What the commands share: one run, from its settings to its stages.

Settings and what is made of them (settings, assembly, checks), opening a run (opening), the stages
of the loop (stages, warmup), what is said of it (monitor), its memory on devices (planning), and
how commands begin and end (command).
"""
