"""What did each release of the framework change?"""
