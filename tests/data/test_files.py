import hashlib
import io
import tarfile

import pytest

from vsdpo_jax.data.errors import BadRow, CorpusError
from vsdpo_jax.data.files import Archive, Folder, Zip, check_not_pointer, unpack


def write_tar(path, members):
    with tarfile.open(path, "w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def test_an_archive_with_the_known_digest_is_unpacked_beside_itself(tmp_path):
    path = write_tar(tmp_path / "a.tar.gz", {"direct/1.py": b"x", "direct/1.png": b"y"})
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    known = Archive(name="a.tar.gz", sha256=digest, num_bytes=path.stat().st_size)
    unpack(path, known)
    assert (tmp_path / "direct" / "1.py").read_bytes() == b"x"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.tar.gz", "direct"]
    with pytest.raises(CorpusError, match="direct: is there already; delete it"):
        unpack(path, known)


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"sha256": "0" * 64}, "SHA-256 .* has 0000"),
        ({"num_bytes": 3}, "bytes, and the archive that is known by this name has 3"),
    ],
)
def test_another_archive_of_that_name_is_refused(tmp_path, known, words):
    path = write_tar(tmp_path / "a.tar.gz", {"b": b"x"})
    with pytest.raises(CorpusError, match=words):
        unpack(path, Archive(name="a.tar.gz", **known))
    assert [p.name for p in tmp_path.iterdir()] == ["a.tar.gz"]


def test_a_broken_or_evil_archive_leaves_nothing_behind(tmp_path):
    path = write_tar(tmp_path / "a.tar.gz", {"b/c": bytes(100_000), "b/d": b"x" * 100})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(CorpusError, match=r"a\.tar\.gz: broken archive"):
        unpack(path, Archive(name="a.tar.gz"))
    write_tar(path, {"../outside": b"x"})
    with pytest.raises(CorpusError, match=r"broken archive .*outside"):
        unpack(path, Archive(name="a.tar.gz"))
    assert [p.name for p in tmp_path.iterdir()] == ["a.tar.gz"]
    assert not (tmp_path.parent / "outside").exists()


def test_a_pointer_of_git_lfs_is_told_from_the_file(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:1\n")
    with pytest.raises(CorpusError, match="git lfs pull"):
        check_not_pointer(path)


def test_a_zip_that_is_none_and_a_member_that_is_damaged(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\3\4 no")
    with pytest.raises(CorpusError, match=r"a\.zip: no whole zip archive"):
        Zip(tmp_path / "a.zip", (".html",))


def test_a_file_that_went_away_is_a_bad_row(tmp_path):
    (tmp_path / "a.html").write_text("x")
    folder = Folder(tmp_path, (".html",))
    (tmp_path / "a.html").unlink()
    with pytest.raises(BadRow, match=r"file cannot be read \(a\.html"):
        folder.read("a.html")
