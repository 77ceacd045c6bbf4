"""Records to pictures: a file a picture, each a pure function from records to an Altair chart.

Drawing takes the extra `plot`, and a second to import it: nothing here is imported before something is to be drawn, and
`batchmark.report.pictures.extra` says in one line what is missing.
"""
