import pytest

from beatgans.reference_batches import InputError
from beatgans.reference_batches.locked_folder import locked_folder


def test_it_is_made_and_kept_from_others_as_long_as_it_is_open(tmp_path):
    path = tmp_path / "new" / "folder"
    with locked_folder(path, "another process is at work in"):
        assert path.is_dir()
        with (
            pytest.raises(InputError, match=f"another process is at work in {path}; wait for it"),
            locked_folder(path, "another process is at work in"),
        ):
            pass
    with locked_folder(path, "another process is at work in"):
        pass


def test_a_file_in_its_place_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file cannot be written"), locked_folder(tmp_path / "file", "another"):
        pass
