"""Images that other programs make: diffusers pipelines, Python functions, folders and batch files.

Each is a generator as any other, and can be the base of an upsampler.
"""
