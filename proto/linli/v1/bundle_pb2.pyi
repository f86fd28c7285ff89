from linli.v1 import ledger_pb2 as _ledger_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Bundle(_message.Message):
    __slots__ = ("head", "signature")
    HEAD_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    head: bytes
    signature: _ledger_pb2.Signature
    def __init__(self, head: _Optional[bytes] = ..., signature: _Optional[_Union[_ledger_pb2.Signature, _Mapping]] = ...) -> None: ...

class BundleHead(_message.Message):
    __slots__ = ("version", "cluster", "chain", "time", "division", "keys")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CLUSTER_FIELD_NUMBER: _ClassVar[int]
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    DIVISION_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    version: int
    cluster: bytes
    chain: _containers.RepeatedScalarFieldContainer[bytes]
    time: int
    division: str
    keys: _containers.RepeatedCompositeFieldContainer[BundleKey]
    def __init__(self, version: _Optional[int] = ..., cluster: _Optional[bytes] = ..., chain: _Optional[_Iterable[bytes]] = ..., time: _Optional[int] = ..., division: _Optional[str] = ..., keys: _Optional[_Iterable[_Union[BundleKey, _Mapping]]] = ...) -> None: ...

class BundleKey(_message.Message):
    __slots__ = ("reader", "sealed")
    READER_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    reader: bytes
    sealed: bytes
    def __init__(self, reader: _Optional[bytes] = ..., sealed: _Optional[bytes] = ...) -> None: ...
