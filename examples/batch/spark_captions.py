"""Captions in a Spark job: a folder of sounds in, parquet out.

    spark-submit examples/batch/spark_captions.py INPUT OUTPUT

Spark reads the files, here or in a store, and hands them over in batches of pandas; every Python process of
an executor loads the model once. The machines need ``pip install earwitness pandas pyarrow pyspark``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

SCHEMA = """path string, caption string, confidence double, fit double,
            keywords array<string>, notes array<string>, error string"""


def captioned(batches: Iterator[pandas.DataFrame]) -> Iterator[pandas.DataFrame]:
    """For ``mapInPandas``: files as Spark's ``binaryFile`` has them, and what is heard in them."""
    import earwitness

    for batch in batches:
        yield earwitness.caption_table(batch[["path", "content"]], audio="content").drop(columns="content")


def main(source: str, target: str) -> None:
    """Caption all sounds beneath ``source``."""
    from pyspark.sql import SparkSession

    # on this machine, Spark's Python processes are of this Python; on a cluster, name the one it has there
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = (
        SparkSession.builder.master("local[2]")  # leave this away on a cluster
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        # a row holds a whole file: few of them at a time
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "16")
        .getOrCreate()
    )
    try:
        files = session.read.format("binaryFile").option("recursiveFileLookup", "true").load(source)
        files.select("path", "content").mapInPandas(captioned, SCHEMA).write.mode("overwrite").parquet(target)
    finally:
        session.stop()


if __name__ == "__main__":
    main(*sys.argv[1:3])
