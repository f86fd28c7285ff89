from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANNEL_UNSPECIFIED: _ClassVar[Channel]
    CHANNEL_TRUST: _ClassVar[Channel]
    CHANNEL_ORDERS: _ClassVar[Channel]
    CHANNEL_CARE: _ClassVar[Channel]
    CHANNEL_REGISTRY: _ClassVar[Channel]

class SignatureAlgorithm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIGNATURE_ALGORITHM_UNSPECIFIED: _ClassVar[SignatureAlgorithm]
    SIGNATURE_ALGORITHM_ECDSA_P256_SHA256: _ClassVar[SignatureAlgorithm]

class HashAlgorithm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HASH_ALGORITHM_UNSPECIFIED: _ClassVar[HashAlgorithm]
    HASH_ALGORITHM_SHA256: _ClassVar[HashAlgorithm]
CHANNEL_UNSPECIFIED: Channel
CHANNEL_TRUST: Channel
CHANNEL_ORDERS: Channel
CHANNEL_CARE: Channel
CHANNEL_REGISTRY: Channel
SIGNATURE_ALGORITHM_UNSPECIFIED: SignatureAlgorithm
SIGNATURE_ALGORITHM_ECDSA_P256_SHA256: SignatureAlgorithm
HASH_ALGORITHM_UNSPECIFIED: HashAlgorithm
HASH_ALGORITHM_SHA256: HashAlgorithm

class Signature(_message.Message):
    __slots__ = ("algorithm", "value")
    ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    algorithm: SignatureAlgorithm
    value: bytes
    def __init__(self, algorithm: _Optional[_Union[SignatureAlgorithm, str]] = ..., value: _Optional[bytes] = ...) -> None: ...

class Partition(_message.Message):
    __slots__ = ("division", "channel")
    DIVISION_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    division: str
    channel: Channel
    def __init__(self, division: _Optional[str] = ..., channel: _Optional[_Union[Channel, str]] = ...) -> None: ...

class Head(_message.Message):
    __slots__ = ("number", "hash")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    number: int
    hash: bytes
    def __init__(self, number: _Optional[int] = ..., hash: _Optional[bytes] = ...) -> None: ...

class FeedHeads(_message.Message):
    __slots__ = ("author", "partition", "heads")
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    HEADS_FIELD_NUMBER: _ClassVar[int]
    author: bytes
    partition: Partition
    heads: _containers.RepeatedCompositeFieldContainer[Head]
    def __init__(self, author: _Optional[bytes] = ..., partition: _Optional[_Union[Partition, _Mapping]] = ..., heads: _Optional[_Iterable[_Union[Head, _Mapping]]] = ...) -> None: ...

class Beacon(_message.Message):
    __slots__ = ("time", "trust_digest", "registry_digest", "author", "signature")
    TIME_FIELD_NUMBER: _ClassVar[int]
    TRUST_DIGEST_FIELD_NUMBER: _ClassVar[int]
    REGISTRY_DIGEST_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    time: int
    trust_digest: bytes
    registry_digest: bytes
    author: bytes
    signature: Signature
    def __init__(self, time: _Optional[int] = ..., trust_digest: _Optional[bytes] = ..., registry_digest: _Optional[bytes] = ..., author: _Optional[bytes] = ..., signature: _Optional[_Union[Signature, _Mapping]] = ...) -> None: ...

class Segment(_message.Message):
    __slots__ = ("header", "signature", "body", "replacement")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    REPLACEMENT_FIELD_NUMBER: _ClassVar[int]
    header: bytes
    signature: Signature
    body: bytes
    replacement: Replacement
    def __init__(self, header: _Optional[bytes] = ..., signature: _Optional[_Union[Signature, _Mapping]] = ..., body: _Optional[bytes] = ..., replacement: _Optional[_Union[Replacement, _Mapping]] = ...) -> None: ...

class Replacement(_message.Message):
    __slots__ = ("order", "body_hash", "author", "signature", "body_bytes")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    BODY_HASH_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    BODY_BYTES_FIELD_NUMBER: _ClassVar[int]
    order: str
    body_hash: bytes
    author: bytes
    signature: Signature
    body_bytes: int
    def __init__(self, order: _Optional[str] = ..., body_hash: _Optional[bytes] = ..., author: _Optional[bytes] = ..., signature: _Optional[_Union[Signature, _Mapping]] = ..., body_bytes: _Optional[int] = ...) -> None: ...

class SegmentHeader(_message.Message):
    __slots__ = ("format", "cluster", "author", "partition", "number", "previous", "boot", "first_change", "last_change", "changes", "hash_algorithm", "body_hash", "body_bytes", "beacon", "trust", "policy", "schema")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    BOOT_FIELD_NUMBER: _ClassVar[int]
    FIRST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    HASH_ALGORITHM_FIELD_NUMBER: _ClassVar[int]
    BODY_HASH_FIELD_NUMBER: _ClassVar[int]
    BODY_BYTES_FIELD_NUMBER: _ClassVar[int]
    BEACON_FIELD_NUMBER: _ClassVar[int]
    TRUST_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    format: int
    cluster: bytes
    author: bytes
    partition: Partition
    number: int
    previous: _containers.RepeatedCompositeFieldContainer[Head]
    boot: int
    first_change: int
    last_change: int
    changes: int
    hash_algorithm: HashAlgorithm
    body_hash: bytes
    body_bytes: int
    beacon: Beacon
    trust: _containers.RepeatedCompositeFieldContainer[FeedHeads]
    policy: str
    schema: int
    def __init__(self, format: _Optional[int] = ..., cluster: _Optional[bytes] = ..., author: _Optional[bytes] = ..., partition: _Optional[_Union[Partition, _Mapping]] = ..., number: _Optional[int] = ..., previous: _Optional[_Iterable[_Union[Head, _Mapping]]] = ..., boot: _Optional[int] = ..., first_change: _Optional[int] = ..., last_change: _Optional[int] = ..., changes: _Optional[int] = ..., hash_algorithm: _Optional[_Union[HashAlgorithm, str]] = ..., body_hash: _Optional[bytes] = ..., body_bytes: _Optional[int] = ..., beacon: _Optional[_Union[Beacon, _Mapping]] = ..., trust: _Optional[_Iterable[_Union[FeedHeads, _Mapping]]] = ..., policy: _Optional[str] = ..., schema: _Optional[int] = ...) -> None: ...

class Body(_message.Message):
    __slots__ = ("changes", "rows", "cells", "origins")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    CELLS_FIELD_NUMBER: _ClassVar[int]
    ORIGINS_FIELD_NUMBER: _ClassVar[int]
    changes: Changes
    rows: _containers.RepeatedCompositeFieldContainer[Rows]
    cells: _containers.RepeatedCompositeFieldContainer[Cells]
    origins: _containers.RepeatedCompositeFieldContainer[Origin]
    def __init__(self, changes: _Optional[_Union[Changes, _Mapping]] = ..., rows: _Optional[_Iterable[_Union[Rows, _Mapping]]] = ..., cells: _Optional[_Iterable[_Union[Cells, _Mapping]]] = ..., origins: _Optional[_Iterable[_Union[Origin, _Mapping]]] = ...) -> None: ...

class Changes(_message.Message):
    __slots__ = ("number", "time", "user", "reason", "act")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    number: _containers.RepeatedScalarFieldContainer[int]
    time: _containers.RepeatedScalarFieldContainer[int]
    user: Column
    reason: Column
    act: Column
    def __init__(self, number: _Optional[_Iterable[int]] = ..., time: _Optional[_Iterable[int]] = ..., user: _Optional[_Union[Column, _Mapping]] = ..., reason: _Optional[_Union[Column, _Mapping]] = ..., act: _Optional[_Union[Column, _Mapping]] = ...) -> None: ...

class Rows(_message.Message):
    __slots__ = ("table", "change", "index", "columns", "count")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    table: str
    change: _containers.RepeatedScalarFieldContainer[int]
    index: _containers.RepeatedScalarFieldContainer[int]
    columns: _containers.RepeatedCompositeFieldContainer[Column]
    count: int
    def __init__(self, table: _Optional[str] = ..., change: _Optional[_Iterable[int]] = ..., index: _Optional[_Iterable[int]] = ..., columns: _Optional[_Iterable[_Union[Column, _Mapping]]] = ..., count: _Optional[int] = ...) -> None: ...

class Cells(_message.Message):
    __slots__ = ("table", "column", "change", "row", "element", "value", "named_count", "named_origin", "named_number", "count")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    ELEMENT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    NAMED_COUNT_FIELD_NUMBER: _ClassVar[int]
    NAMED_ORIGIN_FIELD_NUMBER: _ClassVar[int]
    NAMED_NUMBER_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    table: str
    column: str
    change: _containers.RepeatedScalarFieldContainer[int]
    row: Column
    element: Column
    value: Column
    named_count: _containers.RepeatedScalarFieldContainer[int]
    named_origin: _containers.RepeatedScalarFieldContainer[int]
    named_number: _containers.RepeatedScalarFieldContainer[int]
    count: int
    def __init__(self, table: _Optional[str] = ..., column: _Optional[str] = ..., change: _Optional[_Iterable[int]] = ..., row: _Optional[_Union[Column, _Mapping]] = ..., element: _Optional[_Union[Column, _Mapping]] = ..., value: _Optional[_Union[Column, _Mapping]] = ..., named_count: _Optional[_Iterable[int]] = ..., named_origin: _Optional[_Iterable[int]] = ..., named_number: _Optional[_Iterable[int]] = ..., count: _Optional[int] = ...) -> None: ...

class Origin(_message.Message):
    __slots__ = ("author", "boot")
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    BOOT_FIELD_NUMBER: _ClassVar[int]
    author: bytes
    boot: int
    def __init__(self, author: _Optional[bytes] = ..., boot: _Optional[int] = ...) -> None: ...

class Column(_message.Message):
    __slots__ = ("name", "encoding", "texts", "words", "integers", "nulls")
    class Encoding(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ENCODING_UNSPECIFIED: _ClassVar[Column.Encoding]
        ENCODING_TEXT: _ClassVar[Column.Encoding]
        ENCODING_DICTIONARY: _ClassVar[Column.Encoding]
        ENCODING_INTEGER: _ClassVar[Column.Encoding]
        ENCODING_DELTA: _ClassVar[Column.Encoding]
    ENCODING_UNSPECIFIED: Column.Encoding
    ENCODING_TEXT: Column.Encoding
    ENCODING_DICTIONARY: Column.Encoding
    ENCODING_INTEGER: Column.Encoding
    ENCODING_DELTA: Column.Encoding
    NAME_FIELD_NUMBER: _ClassVar[int]
    ENCODING_FIELD_NUMBER: _ClassVar[int]
    TEXTS_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    INTEGERS_FIELD_NUMBER: _ClassVar[int]
    NULLS_FIELD_NUMBER: _ClassVar[int]
    name: str
    encoding: Column.Encoding
    texts: _containers.RepeatedScalarFieldContainer[str]
    words: _containers.RepeatedScalarFieldContainer[int]
    integers: _containers.RepeatedScalarFieldContainer[int]
    nulls: bytes
    def __init__(self, name: _Optional[str] = ..., encoding: _Optional[_Union[Column.Encoding, str]] = ..., texts: _Optional[_Iterable[str]] = ..., words: _Optional[_Iterable[int]] = ..., integers: _Optional[_Iterable[int]] = ..., nulls: _Optional[bytes] = ...) -> None: ...

class Receipt(_message.Message):
    __slots__ = ("author", "partition", "heads", "unapplied", "time", "issuer", "signature")
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    HEADS_FIELD_NUMBER: _ClassVar[int]
    UNAPPLIED_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    author: bytes
    partition: Partition
    heads: _containers.RepeatedCompositeFieldContainer[Head]
    unapplied: _containers.RepeatedCompositeFieldContainer[Unapplied]
    time: int
    issuer: bytes
    signature: Signature
    def __init__(self, author: _Optional[bytes] = ..., partition: _Optional[_Union[Partition, _Mapping]] = ..., heads: _Optional[_Iterable[_Union[Head, _Mapping]]] = ..., unapplied: _Optional[_Iterable[_Union[Unapplied, _Mapping]]] = ..., time: _Optional[int] = ..., issuer: _Optional[bytes] = ..., signature: _Optional[_Union[Signature, _Mapping]] = ...) -> None: ...

class Unapplied(_message.Message):
    __slots__ = ("first_change", "last_change", "reason", "boot", "segment")
    FIRST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    LAST_CHANGE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    BOOT_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    first_change: int
    last_change: int
    reason: str
    boot: int
    segment: bytes
    def __init__(self, first_change: _Optional[int] = ..., last_change: _Optional[int] = ..., reason: _Optional[str] = ..., boot: _Optional[int] = ..., segment: _Optional[bytes] = ...) -> None: ...
