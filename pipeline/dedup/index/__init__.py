"""A memory on disk of the documents that earlier runs kept, so that a new batch is compared with all of them.

A folder holds a manifest, `index.json`, and immutable segments (`layout`) of which each covers the documents
of a range of ordinals; an ordinal is a document's number in order of addition, for ever. A run adds one
segment; segments of like size are merged (`merge`), as in a log-structured merge tree (O'Neil et al., 1996),
so a batch costs what it is itself. The manifest is replaced last, so every version is whole.
"""
