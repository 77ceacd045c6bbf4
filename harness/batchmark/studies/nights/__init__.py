"""What did the night find, and was it real?"""
