"""What a night was measured on as a file of JSON, for who compares two nights."""

from batchmark.files.stored_form import Form, Object
from batchmark.measurement.hardware import Hardware


def _without_full_text(_: Hardware, form: Object) -> Object:
    """Leave out the driver's full text, which stands in a file of its own."""
    return {name: value for name, value in form.items() if name != "full_text"}


HARDWARE = Form(
    Hardware,
    key="batchmark_hardware",
    version=1,
    # Files had none at first.
    version_without_key=1,
    name="a night's hardware",
    stored_by="batchmark nightly hardware --into FOLDER writes one",
    again="record it again",
    arranged=_without_full_text,
)
