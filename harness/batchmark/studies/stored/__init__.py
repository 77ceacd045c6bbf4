"""What can be said of files that were measured before?"""
