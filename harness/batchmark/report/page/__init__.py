"""Everything that was stored as one page of HTML: records in, text out, which asks for nothing from anywhere.

`parts` says what a page is made of; a module for each kind of result makes parts of it, in the words of the other
reports; `rendering` puts them into the templates.
"""
