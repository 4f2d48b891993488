"""Croissant description of a version: what machines ask of a dataset, from its files to every column.

Croissant 1.0, https://docs.mlcommons.org/croissant/docs/croissant-spec.html, with its vocabulary for
responsible AI.
"""

import pyarrow as pa

from pipeline.dataset.card import citation
from pipeline.dataset.facts import LICENCE, NAME, Facts
from pipeline.dataset.shards import Shard, files_of
from pipeline.records import schema_of
from pipeline.schema import TABLES

Json = dict[str, object]

_PARQUET = "application/x-parquet"
_CONFORMS = "http://mlcommons.org/croissant/"
_TERMS = (
    ("cr", "citeAs column extract field fileObject fileProperty fileSet format includes isLiveDataset"),
    ("cr", "equivalentProperty jsonPath key md5 parentField path recordSet references regex repeated"),
    ("cr", "replace samplingRate separator source subField transform"),
    ("dct", "conformsTo"),
)
_TYPES = {
    pa.string(): "sc:Text",
    pa.int64(): "cr:Int64",
    pa.float64(): "cr:Float64",
    pa.bool_(): "sc:Boolean",
    pa.date32(): "sc:Date",
    pa.timestamp("ms", tz="UTC"): "sc:DateTime",
}
_DESCRIPTION = (
    "Chinese report essays (工作总结, 工作计划, 心得体会, 述职报告 and the like) recovered from sites that repost "
    "them as templates: navigation and advertisements out, damage undone, near-duplicates dropped, and every "
    "removal and every change kept as a row."
)
_RESPONSIBLE: Json = {
    "rai:dataCollection": (
        "Pages of public template-essay sites, from a polite crawl or from archives that others made. "
        "robots.txt, noindex and tdm-reservation are obeyed when pages are crawled; what pages of archives "
        "state is in the columns rights, reserved and licence."
    ),
    "rai:dataCollectionType": "Web Scraping",
    "rai:dataCollectionMissingData": (
        "Pages without a recoverable essay are in table rejected, each with its reason; damaged spots that "
        "could not be undone are counted in column unrecovered."
    ),
    "rai:dataPreprocessingProtocol": [
        "Main text, its encoding and its script read; what is not the author's taken out (table removed_lines).",
        "Damage undone where that is certain or the best of what is possible (table repairs).",
        "Near-duplicates dropped by exact Jaccard similarity to an essay that is kept (table duplicates).",
    ],
    "rai:dataBiases": [
        "Sites that live on templates: formulaic language of officials, teachers, students and employees.",
        "Sites replace years, places and names blindly, so dates and facts in a text are often wrong.",
        "Who writes there, and of when, is unknown for most texts.",
    ],
    "rai:dataLimitations": "The texts are no source of facts, no news, and no sample of written Chinese.",
    "rai:dataReleaseMaintenancePlan": (
        "A version never changes; the next one replaces it. Whoever asks for it is taken out of the next version "
        "and of all that follow (table takedowns)."
    ),
    "rai:dataUseCases": [
        "Research on language models, on near-duplicates and reuse of texts, on bureaucratic language."
    ],
}
_CONTACTS = {
    "mask": "Phone numbers, identity and bank card numbers, e-mail addresses, QQ and WeChat names are masked.",
    "keep": "Phone numbers, identity and bank card numbers, e-mail addresses, QQ and WeChat names stand as published.",
}
_NAMES = "Names of persons are not masked."


def croissant(facts: Facts) -> Json:
    """The description as JSON-LD; ``json.dumps`` of it is ``croissant.json``, beside the version's folder."""
    dated: Json = {"datePublished": facts.fetched.isoformat()} if facts.fetched else {}
    return {
        "@context": _context(),
        "@type": "sc:Dataset",
        "conformsTo": [f"{_CONFORMS}1.0", f"{_CONFORMS}RAI/1.0"],
        "name": NAME,
        "description": _DESCRIPTION,
        "inLanguage": "zh",
        "keywords": ["Chinese", "essays", "near-duplicates", "boilerplate", "web corpus"],
        "license": {"@type": "sc:CreativeWork", "name": "compilation-only", "description": LICENCE},
        "creator": {"@type": "sc:Organization", "name": "fanwen"},
        "version": f"{facts.version}.0.0",
        **dated,
        "isLiveDataset": False,
        "citeAs": citation(facts),
        **_RESPONSIBLE,
        "rai:personalSensitiveInformation": f"{_CONTACTS[facts.contacts]} {_NAMES}",
        "distribution": [*map(_file, files_of(facts.files)), *(_files(facts, name) for name in facts.files)],
        "recordSet": [_record_set(name) for name in facts.files],
    }


def _context() -> Json:
    terms = {term: f"{prefix}:{term}" for prefix, words in _TERMS for term in words.split()}
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "cr": _CONFORMS,
        "dct": "http://purl.org/dc/terms/",
        "rai": f"{_CONFORMS}RAI/",
        "sc": "https://schema.org/",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        **terms,
    }


def _file(shard: Shard) -> Json:
    return {
        "@type": "cr:FileObject",
        "@id": shard.file,
        "name": shard.file,
        "contentUrl": shard.file,
        "contentSize": f"{shard.bytes} B",
        "encodingFormat": _PARQUET,
        "sha256": shard.sha256,
    }


def _files(facts: Facts, table: str) -> Json:
    return {
        "@type": "cr:FileSet",
        "@id": f"{table}-files",
        "name": f"{table}-files",
        "description": f"The files of table {table}: {facts.rows(table):,} rows.",
        "encodingFormat": _PARQUET,
        "includes": facts.pattern(table),
    }


def _record_set(table: str) -> Json:
    record = TABLES[table]
    return {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "description": (record.__doc__ or table).strip(),
        "field": [_field(table, (field,)) for field in schema_of(record)],
    }


def _field(table: str, path: tuple[pa.Field, ...]) -> Json:
    """A column, or a part of one: the fields that lead to it, the column first."""
    names = [field.name for field in path]
    last, kind = path[-1], path[-1].type
    repeated = pa.types.is_list(kind)
    kind = kind.value_type if repeated else kind
    described: Json = {
        "@type": "cr:Field",
        "@id": "/".join([table, *names]),
        "name": last.name,
        **_description(last),
        **({"repeated": True} if repeated else {}),
    }
    if pa.types.is_struct(kind):
        return described | {"subField": [_field(table, (*path, part)) for part in kind]}
    inside: Json = {"transform": {"jsonPath": ".".join(names[1:])}} if names[1:] else {}
    source: Json = {"fileSet": {"@id": f"{table}-files"}, "extract": {"column": names[0]}}
    return described | {"dataType": _TYPES[kind], "source": source | inside}


def _description(field: pa.Field) -> Json:
    text = (field.metadata or {}).get(b"description", b"").decode()
    return {"description": text} if text else {}
