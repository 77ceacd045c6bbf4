"""What is measured: a file a metric says all there is to know of it, and `table` has a line for each.

Every verb goes through the table; none names a metric, except where a rule is about that one alone. A metric depends
on the records it is read from and on nothing above them, so that what is trained, stored, judged, tracked and printed
can all ask it. The worker imports this room: standard library only.
"""
