"""How much memory there is, read from files like the system's."""

from pathlib import Path

import pytest

from batchmark.measurement.machine_memory import MachineMemory, machine_memory

GIB = 1 << 30


def _machine(root: Path, cgroup: str = "", **files: str) -> Path:
    meminfo = f"MemTotal: {16 << 20} kB\nMemFree: 1 kB\nMemAvailable: {10 << 20} kB\n"
    written = {"proc/meminfo": meminfo, "proc/self/cgroup": cgroup, **files}
    for name, text in written.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_machine_without_groups_has_what_it_has(tmp_path: Path) -> None:
    assert machine_memory(_machine(tmp_path)) == MachineMemory(16 * GIB, 10 * GIB)


@pytest.mark.parametrize("path", ["/", "/user.slice/mine", "/on/the/host/only"])
def test_a_containers_limit_counts_and_its_file_cache_can_be_had(tmp_path: Path, path: str) -> None:
    folder = "sys/fs/cgroup/"
    files = {
        "memory.max": f"{4 * GIB}\n",
        "memory.current": f"{2 * GIB}\n",
        "memory.stat": f"anon 5\ninactive_file {GIB}\n",
    }
    root = _machine(tmp_path, f"0::{path}\n", **{folder + name: text for name, text in files.items()})
    assert machine_memory(root) == MachineMemory(4 * GIB, 3 * GIB)


def test_the_narrowest_of_nested_groups_counts(tmp_path: Path) -> None:
    files = {
        "sys/fs/cgroup/outer/memory.max": f"{3 * GIB}",
        "sys/fs/cgroup/outer/memory.current": f"{GIB}",
        "sys/fs/cgroup/outer/inner/memory.max": "max",
        "sys/fs/cgroup/outer/inner/memory.current": "1",
    }
    assert machine_memory(_machine(tmp_path, "0::/outer/inner\n", **files)) == MachineMemory(3 * GIB, 2 * GIB)


def test_groups_of_the_first_version_count_too(tmp_path: Path) -> None:
    folder = "sys/fs/cgroup/memory/mine/"
    files = {"memory.limit_in_bytes": f"{5 * GIB}", "memory.usage_in_bytes": f"{GIB}"}
    lines = "9:name=systemd:/\n5:cpu,cpuacct:/\n4:memory:/mine\n0::/\n"
    root = _machine(tmp_path, lines, **{folder + name: text for name, text in files.items()})
    assert machine_memory(root) == MachineMemory(5 * GIB, 4 * GIB)


def test_a_full_container_has_nothing_available(tmp_path: Path) -> None:
    files = {"sys/fs/cgroup/memory.max": "10", "sys/fs/cgroup/memory.current": "20"}
    assert machine_memory(_machine(tmp_path, "0::/\n", **files)).available == 0


def test_a_system_without_these_files_tells_its_total(tmp_path: Path) -> None:
    memory = machine_memory(tmp_path)
    assert memory.available == memory.total > 0


def test_this_machine_has_memory() -> None:
    memory = machine_memory()
    assert 0 < memory.available <= memory.total
