"""Writes small Parquet files with pyarrow, in every compression and page version that Laurel reads, and the rows that
pyarrow itself reads back from them, as test/expected/io/parquet.json (files as base64).

Run: python scripts/expected/io.py   (needs pyarrow)
"""

import base64
import io
import json
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

schema = pa.schema(
    [
        ("id", pa.string()),
        ("n", pa.int64()),
        ("ok", pa.bool_()),
        ("score", pa.float64()),
        ("prompt", pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))),
        ("chosen", pa.list_(pa.string())),
        ("reward_model", pa.struct([("style", pa.string()), ("ground_truth", pa.string())])),
        ("nested", pa.list_(pa.list_(pa.int32()))),
        pa.field("must", pa.string(), nullable=False),
    ]
)


def row(i):
    return {
        "id": f"row-{i}",
        "n": None if i % 7 == 3 else i * 10_000,
        "ok": None if i % 5 == 4 else i % 2 == 0,
        "score": i / 8,
        "prompt": [{"role": "user", "content": f"question {i}"}] + [{"role": "assistant", "content": "é" * (i % 3)}] * (i % 2),
        "chosen": None if i % 11 == 5 else ["a", "b", None][: i % 4],
        "reward_model": None if i % 6 == 1 else {"style": "rule", "ground_truth": str(i)},
        "nested": [[1, 2], [], [i]] if i % 3 else [],
        "must": "same" if i < 30 else f"other {i}",
    }


rows = [row(i) for i in range(60)]
table = pa.Table.from_pylist(rows, schema=schema)
variants = {}
for compression in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    for version in ["1.0", "2.0"]:
        for dictionary in [True, False]:
            if compression != "snappy" and not dictionary:
                continue
            sink = io.BytesIO()
            pq.write_table(
                table,
                sink,
                compression=compression,
                data_page_version=version,
                use_dictionary=dictionary,
                row_group_size=25,
                data_page_size=256,
                write_statistics=version == "2.0",
                write_page_checksum=compression == "zstd",
            )
            variants[f"{compression}, pages {version}, dictionary {dictionary}"] = sink.getvalue()
sink = io.BytesIO()
pq.write_table(table, sink, use_dictionary=False, column_encoding={"n": "DELTA_BINARY_PACKED", "id": "DELTA_LENGTH_BYTE_ARRAY", "must": "PLAIN", "score": "BYTE_STREAM_SPLIT"})
variants["delta encodings"] = sink.getvalue()

for name, data in variants.items():
    assert pq.read_table(io.BytesIO(data)).to_pylist() == rows, name

out = pathlib.Path(__file__).parents[2] / "test" / "expected" / "io" / "parquet.json"
out.parent.mkdir(parents=True, exist_ok=True)
out.write_text(
    json.dumps(
        {
            "reference": f"pyarrow {pa.__version__}",
            "rows": rows,
            "files": {name: base64.b64encode(data).decode() for name, data in variants.items()},
        },
        ensure_ascii=False,
    )
    + "\n"
)
