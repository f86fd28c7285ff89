from linli.v1 import error_pb2 as _error_pb2
from linli.v1 import ledger_pb2 as _ledger_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SessionRequest(_message.Message):
    __slots__ = ("frame",)
    FRAME_FIELD_NUMBER: _ClassVar[int]
    frame: Frame
    def __init__(self, frame: _Optional[_Union[Frame, _Mapping]] = ...) -> None: ...

class SessionResponse(_message.Message):
    __slots__ = ("frame",)
    FRAME_FIELD_NUMBER: _ClassVar[int]
    frame: Frame
    def __init__(self, frame: _Optional[_Union[Frame, _Mapping]] = ...) -> None: ...

class Frame(_message.Message):
    __slots__ = ("hello", "beacon", "compare", "heads", "want", "segments", "ack", "receipts", "done", "refusal", "blob_offer", "blob_want", "blob_chunk")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    BEACON_FIELD_NUMBER: _ClassVar[int]
    COMPARE_FIELD_NUMBER: _ClassVar[int]
    HEADS_FIELD_NUMBER: _ClassVar[int]
    WANT_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    ACK_FIELD_NUMBER: _ClassVar[int]
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    BLOB_OFFER_FIELD_NUMBER: _ClassVar[int]
    BLOB_WANT_FIELD_NUMBER: _ClassVar[int]
    BLOB_CHUNK_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    beacon: _ledger_pb2.Beacon
    compare: Compare
    heads: Heads
    want: Want
    segments: Segments
    ack: Ack
    receipts: Receipts
    done: Done
    refusal: _error_pb2.Refusal
    blob_offer: BlobOffer
    blob_want: BlobWant
    blob_chunk: BlobChunk
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ..., beacon: _Optional[_Union[_ledger_pb2.Beacon, _Mapping]] = ..., compare: _Optional[_Union[Compare, _Mapping]] = ..., heads: _Optional[_Union[Heads, _Mapping]] = ..., want: _Optional[_Union[Want, _Mapping]] = ..., segments: _Optional[_Union[Segments, _Mapping]] = ..., ack: _Optional[_Union[Ack, _Mapping]] = ..., receipts: _Optional[_Union[Receipts, _Mapping]] = ..., done: _Optional[_Union[Done, _Mapping]] = ..., refusal: _Optional[_Union[_error_pb2.Refusal, _Mapping]] = ..., blob_offer: _Optional[_Union[BlobOffer, _Mapping]] = ..., blob_want: _Optional[_Union[BlobWant, _Mapping]] = ..., blob_chunk: _Optional[_Union[BlobChunk, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("versions", "cluster", "author", "division", "time", "beacon_time", "digest", "mark", "state_digest", "rules", "policy", "store", "receipts_seen", "receipts_store", "receipts_last", "blobs_lacking")
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    DIVISION_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    BEACON_TIME_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    MARK_FIELD_NUMBER: _ClassVar[int]
    STATE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    STORE_FIELD_NUMBER: _ClassVar[int]
    RECEIPTS_SEEN_FIELD_NUMBER: _ClassVar[int]
    RECEIPTS_STORE_FIELD_NUMBER: _ClassVar[int]
    RECEIPTS_LAST_FIELD_NUMBER: _ClassVar[int]
    BLOBS_LACKING_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedScalarFieldContainer[int]
    cluster: bytes
    author: bytes
    division: str
    time: int
    beacon_time: int
    digest: bytes
    mark: bytes
    state_digest: bytes
    rules: str
    policy: str
    store: int
    receipts_seen: int
    receipts_store: int
    receipts_last: int
    blobs_lacking: int
    def __init__(self, versions: _Optional[_Iterable[int]] = ..., cluster: _Optional[bytes] = ..., author: _Optional[bytes] = ..., division: _Optional[str] = ..., time: _Optional[int] = ..., beacon_time: _Optional[int] = ..., digest: _Optional[bytes] = ..., mark: _Optional[bytes] = ..., state_digest: _Optional[bytes] = ..., rules: _Optional[str] = ..., policy: _Optional[str] = ..., store: _Optional[int] = ..., receipts_seen: _Optional[int] = ..., receipts_store: _Optional[int] = ..., receipts_last: _Optional[int] = ..., blobs_lacking: _Optional[int] = ...) -> None: ...

class Compare(_message.Message):
    __slots__ = ("parts",)
    class Part(_message.Message):
        __slots__ = ("division", "subtree", "digest")
        DIVISION_FIELD_NUMBER: _ClassVar[int]
        SUBTREE_FIELD_NUMBER: _ClassVar[int]
        DIGEST_FIELD_NUMBER: _ClassVar[int]
        division: str
        subtree: bool
        digest: bytes
        def __init__(self, division: _Optional[str] = ..., subtree: _Optional[bool] = ..., digest: _Optional[bytes] = ...) -> None: ...
    PARTS_FIELD_NUMBER: _ClassVar[int]
    parts: _containers.RepeatedCompositeFieldContainer[Compare.Part]
    def __init__(self, parts: _Optional[_Iterable[_Union[Compare.Part, _Mapping]]] = ...) -> None: ...

class Heads(_message.Message):
    __slots__ = ("feeds", "since_mark", "divisions", "answer", "more")
    FEEDS_FIELD_NUMBER: _ClassVar[int]
    SINCE_MARK_FIELD_NUMBER: _ClassVar[int]
    DIVISIONS_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    feeds: _containers.RepeatedCompositeFieldContainer[_ledger_pb2.FeedHeads]
    since_mark: bool
    divisions: _containers.RepeatedScalarFieldContainer[str]
    answer: bool
    more: bool
    def __init__(self, feeds: _Optional[_Iterable[_Union[_ledger_pb2.FeedHeads, _Mapping]]] = ..., since_mark: _Optional[bool] = ..., divisions: _Optional[_Iterable[str]] = ..., answer: _Optional[bool] = ..., more: _Optional[bool] = ...) -> None: ...

class Want(_message.Message):
    __slots__ = ("author", "partition", "have")
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    HAVE_FIELD_NUMBER: _ClassVar[int]
    author: bytes
    partition: _ledger_pb2.Partition
    have: _containers.RepeatedCompositeFieldContainer[_ledger_pb2.Head]
    def __init__(self, author: _Optional[bytes] = ..., partition: _Optional[_Union[_ledger_pb2.Partition, _Mapping]] = ..., have: _Optional[_Iterable[_Union[_ledger_pb2.Head, _Mapping]]] = ...) -> None: ...

class Segments(_message.Message):
    __slots__ = ("number", "segments")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    number: int
    segments: _containers.RepeatedCompositeFieldContainer[_ledger_pb2.Segment]
    def __init__(self, number: _Optional[int] = ..., segments: _Optional[_Iterable[_Union[_ledger_pb2.Segment, _Mapping]]] = ...) -> None: ...

class Ack(_message.Message):
    __slots__ = ("number", "digest")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    number: int
    digest: bytes
    def __init__(self, number: _Optional[int] = ..., digest: _Optional[bytes] = ...) -> None: ...

class Receipts(_message.Message):
    __slots__ = ("receipts", "seen")
    RECEIPTS_FIELD_NUMBER: _ClassVar[int]
    SEEN_FIELD_NUMBER: _ClassVar[int]
    receipts: _containers.RepeatedCompositeFieldContainer[_ledger_pb2.Receipt]
    seen: int
    def __init__(self, receipts: _Optional[_Iterable[_Union[_ledger_pb2.Receipt, _Mapping]]] = ..., seen: _Optional[int] = ...) -> None: ...

class Done(_message.Message):
    __slots__ = ("digest", "state_digest")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    STATE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    digest: bytes
    state_digest: bytes
    def __init__(self, digest: _Optional[bytes] = ..., state_digest: _Optional[bytes] = ...) -> None: ...

class BlobOffer(_message.Message):
    __slots__ = ("hashes", "sizes")
    HASHES_FIELD_NUMBER: _ClassVar[int]
    SIZES_FIELD_NUMBER: _ClassVar[int]
    hashes: _containers.RepeatedScalarFieldContainer[bytes]
    sizes: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, hashes: _Optional[_Iterable[bytes]] = ..., sizes: _Optional[_Iterable[int]] = ...) -> None: ...

class BlobWant(_message.Message):
    __slots__ = ("hash", "offset")
    HASH_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    hash: bytes
    offset: int
    def __init__(self, hash: _Optional[bytes] = ..., offset: _Optional[int] = ...) -> None: ...

class BlobChunk(_message.Message):
    __slots__ = ("hash", "offset", "data", "size")
    HASH_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    hash: bytes
    offset: int
    data: bytes
    size: int
    def __init__(self, hash: _Optional[bytes] = ..., offset: _Optional[int] = ..., data: _Optional[bytes] = ..., size: _Optional[int] = ...) -> None: ...
