"""The report generator: reads one result file and writes one page with pictures.

It knows the result JSON (baselines/schema.json) and nothing else of the harness. It computes
nothing but curves for pictures: every figure it prints is the JSON's own.
"""
