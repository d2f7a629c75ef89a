import io
import os
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from beatgans.reference_batches import InputError
from beatgans.reference_batches.npz import open_npz

ARRAY = np.random.default_rng(0).integers(0, 256, (11, 4, 5, 3), np.uint8)


def npy(array, version=(1, 0)):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version, allow_pickle=False)
    return buffer.getvalue()


def pack(path, content, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("a.npy", content)
    return path


def read_all(path, size=4):
    with open_npz(path) as file:
        return np.concatenate(list(file.rows("a", size)))


@pytest.mark.parametrize("size", [1, 4, 11, 100])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_pieces_make_the_whole(tmp_path, save, size):
    save(tmp_path / "f.npz", a=ARRAY)
    with open_npz(tmp_path / "f.npz") as file:
        pieces = list(file.rows("a", size))
        assert np.array_equal(file.read("a"), ARRAY)
    assert np.array_equal(np.concatenate(pieces), ARRAY)
    assert [len(piece) for piece in pieces] == [min(size, 11 - start) for start in range(0, 11, size)]
    assert pieces[0].flags.writeable


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.filterwarnings("ignore:Stored array in format")
def test_all_versions_of_the_format_are_read(tmp_path, version):
    assert np.array_equal(read_all(pack(tmp_path / "f.npz", npy(ARRAY, version))), ARRAY)


def test_an_unknown_version_is_refused(tmp_path):
    content = bytearray(npy(ARRAY))
    content[6] = 9
    with pytest.raises(InputError, match=r"format 9\.0 is unknown"):
        read_all(pack(tmp_path / "f.npz", bytes(content)))


@pytest.mark.parametrize(
    "array",
    [np.asfortranarray(ARRAY), np.float32(2.5), np.array("text"), np.arange(3)[:0], np.arange(6.0).reshape(2, 3)],
)
def test_arrays_of_every_kind_are_read_whole(tmp_path, array):
    np.savez(tmp_path / "f.npz", a=array)
    with open_npz(tmp_path / "f.npz") as file:
        assert file.read("a").dtype == np.asarray(array).dtype
        assert np.array_equal(file.read("a"), array)


def test_fortran_order_comes_out_in_rows(tmp_path):
    np.savez(tmp_path / "f.npz", a=np.asfortranarray(ARRAY))
    assert np.array_equal(read_all(tmp_path / "f.npz"), ARRAY)


def test_a_large_array_is_not_loaded_whole(tmp_path):
    large = np.zeros((400, 64, 64, 3), np.uint8)
    np.savez(tmp_path / "f.npz", a=large)
    tracemalloc.start()
    with open_npz(tmp_path / "f.npz") as file:
        for _ in file.rows("a", 4):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < large.nbytes / 10


def test_objects_are_never_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    np.savez(tmp_path / "f.npz", a=np.array([Trap()], dtype=object))
    with pytest.raises(InputError, match="never unpickled"):
        read_all(tmp_path / "f.npz")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("shape", [(12, 4, 5, 3), (10, 4, 5, 3), (10**12, 4, 5, 3)])
def test_a_header_that_does_not_fit_its_member_is_refused(tmp_path, shape):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "|u1", "fortran_order": False, "shape": shape})
    path = pack(tmp_path / "f.npz", buffer.getvalue() + ARRAY.tobytes())
    with pytest.raises(InputError, match="its header speaks of"):
        read_all(path)


def test_a_flipped_bit_is_found_at_the_end_of_the_stream(tmp_path):
    large = np.zeros((100, 20, 30, 3), np.uint8)
    path = pack(tmp_path / "f.npz", npy(large))
    data = bytearray(path.read_bytes())
    data[150_000] ^= 1
    path.write_bytes(data)
    with open_npz(path) as file:
        rows = file.rows("a", 10)
        assert len(next(rows)) == 10
        with pytest.raises(InputError, match="Bad CRC-32"):
            list(rows)
        with pytest.raises(InputError, match="Bad CRC-32"):
            file.read("a")


@pytest.mark.parametrize("size", [1, 3, 11, 20])
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_wrong_checksum_is_found_whatever_the_compression(tmp_path, compression, size):
    path = pack(tmp_path / "f.npz", npy(ARRAY), compression)
    assert np.array_equal(read_all(path, size), ARRAY)
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 16] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="Bad CRC-32"):
        read_all(path, size)


def test_deflated_data_that_breaks_midway_is_refused(tmp_path):
    path = pack(tmp_path / "f.npz", npy(ARRAY), zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    data[300:340] = bytes(40)
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"f\.npz cannot be read as an \.npz file"):
        read_all(path)


def test_an_unknown_compression_is_refused(tmp_path):
    path = pack(tmp_path / "f.npz", npy(ARRAY))
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        struct.pack_into("<H", data, data.index(signature) + offset, 97)
    path.write_bytes(data)
    with pytest.raises(InputError, match="compression"):
        read_all(path)


def test_a_missing_array_is_refused_with_what_is_there(tmp_path):
    np.savez(tmp_path / "f.npz", b=ARRAY, c=ARRAY)
    with pytest.raises(InputError, match=r"f\.npz has no a; it holds b, c"):
        read_all(tmp_path / "f.npz")


@pytest.mark.parametrize(
    "change",
    [
        (b"}", b" "),
        (b"{", b"("),
        (b"'descr'", b"'desc\n "),
        (b"|u1", b"|u\x00"),
        (b"(11,", b"(-1,"),
        (b"'descr'", b"b'descr'"),
    ],
)
def test_a_damaged_header_is_refused(tmp_path, change):
    # Without its closing brace the header makes NumPy's parser raise what is no ValueError.
    with pytest.raises(InputError, match="cannot be read") as refusal:
        read_all(pack(tmp_path / "f.npz", npy(ARRAY).replace(*change, 1)))
    assert "\n" not in str(refusal.value)


def test_a_single_array_is_told_apart(tmp_path):
    np.save(tmp_path / "a.npy", ARRAY)
    with pytest.raises(InputError, match="a single array"), open_npz(tmp_path / "a.npy"):
        pass
