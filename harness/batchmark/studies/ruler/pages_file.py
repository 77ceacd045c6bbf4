"""The runs of `batchmark.studies.ruler.pages` in a file, a line each."""

from batchmark.files.stored_form import Form
from batchmark.studies.ruler.pages import PagesRun

RUN = Form(
    PagesRun,
    key="batchmark_pages",
    version=1,
    name="a run of batchmark ruler pages",
    stored_by="batchmark ruler pages --jsonl FILE adds one",
    again="name another file",
)
