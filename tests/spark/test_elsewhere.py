"""Pages and corpus in an object store, on Spark: tried against a server on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pyarrow import fs

from crawler.cli import main
from crawler.sample.web import SampleWeb
from pipeline.dataset.store import store_at
from pipeline.dataset.versions import manifest_of, placed_in
from tests.spark.pages import write_archive

moto_server = pytest.importorskip("moto.server")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]


@pytest.fixture
def bucket() -> Iterator[str]:
    """Address of a folder in a bucket, up to its name, and options of any address in it."""
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    options = f"endpoint_override=127.0.0.1:{port}&scheme=http&region=us-east-1"
    system, _ = fs.FileSystem.from_uri(f"s3://test:test@essays?{options}&allow_bucket_creation=true")
    system.create_dir("essays")
    yield f"s3://test:test@essays/{{}}?{options}"
    server.stop()


def build(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["build", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result


@pytest.mark.usefixtures("spark")
def test_pages_and_corpus_may_lie_in_an_object_store(bucket: str, tmp_path: Path) -> None:
    archive, here, there = tmp_path / "warc", tmp_path / "corpus", bucket.format("corpus")
    write_archive(SampleWeb(seed=5, pages=120), archive, pages=140, files=3)
    system, _ = fs.FileSystem.from_uri(bucket.format("warc"))
    fs.copy_files(str(archive), "essays/warc", fs.LocalFileSystem(), system)
    build(archive, "-o", here)
    on_spark = ["--engine", "spark", "--spark-conf", f"spark.fanwen.workDir={(tmp_path / 'work').as_uri()}"]
    result = build(bucket.format("warc"), "-o", there, *on_spark)
    assert "test:test" not in result.output
    store = store_at(there)
    manifest = manifest_of(store)
    assert manifest is not None
    shards = [shard for of_table in placed_in(manifest).values() for shard in of_table]
    assert len(shards) >= 11
    for shard in shards:
        assert store.read(shard.file) == (here / shard.file).read_bytes(), shard.file
    assert not [
        info for info in system.get_file_info(fs.FileSelector("essays/corpus")) if "work" in info.path
    ]
    assert not list((tmp_path / "work").iterdir()), "what this run made is gone"
