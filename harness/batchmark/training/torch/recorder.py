"""What records the batches that ``fit`` hands to a step on PyTorch."""

from typing import Any

from batchmark.training.recorder import Recorder


class TorchRecorder(Recorder):
    """Its step trains in place."""

    def train_step(self, data: Any) -> dict[str, Any]:
        """Keep `data`."""
        self.keep(data)
        return {"loss": 0.0}

    def _symbolic_build(self, *_: Any, **__: Any) -> None:
        """Build nothing."""
