"""Stand-ins of outside systems: real servers of the real protocols, with faults and an inspection API.

They speak wire protocols only and import nothing of the product, so that an adapter and its simulator stay
two independent readings of one contract.
"""
