"""The runs of `batchmark.studies.ruler.counting` in a file, a line each."""

from batchmark.files.stored_form import Form
from batchmark.studies.ruler.counting import CountingRun

RUN = Form(
    CountingRun,
    key="batchmark_counting",
    version=1,
    name="a run of batchmark ruler counters",
    stored_by="batchmark ruler counters --jsonl FILE adds one",
    again="name another file",
)
