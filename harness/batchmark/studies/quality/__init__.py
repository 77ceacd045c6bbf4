"""Does a batch size train as well as the reference does?"""
