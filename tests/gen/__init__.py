"""Traffic of the project's own making: seeded captures that a real Suricata parses in full.

The same call with the same seed gives the same bytes. A scenario module is the documentation of
the capture it makes; README.md in the folder above says how the golden cases name them.
"""
