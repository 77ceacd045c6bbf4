"""Which batch size, on this hardware?"""
