"""What is tracked of which workload. Each class is measured once a session, all of it interleaved."""

from batchmark.releases import ReleaseSession, Tracked, measure, tracks

BLOBS = Tracked("blobs", batch_sizes="1,8,32..256*,full")
MNIST_CNN = Tracked("mnist-cnn", batch_sizes="32,64..64*,128,256")


@tracks(BLOBS)
class Blobs:
    """A small dense network on 500 points: what an epoch costs is the framework's own time."""

    def setup_cache(self) -> ReleaseSession:
        """Measure it."""
        return measure(BLOBS)


@tracks(MNIST_CNN)
class MnistCnn:
    """Two convolutions on 1,200 digits: what an epoch costs is arithmetic."""

    def setup_cache(self) -> ReleaseSession:
        """Measure it."""
        return measure(MNIST_CNN)
