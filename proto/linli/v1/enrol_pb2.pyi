from linli.v1 import ledger_pb2 as _ledger_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Token(_message.Message):
    __slots__ = ("version", "address", "issuer", "root", "secret", "division", "expires_at")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    DIVISION_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    version: int
    address: str
    issuer: bytes
    root: bytes
    secret: bytes
    division: str
    expires_at: int
    def __init__(self, version: _Optional[int] = ..., address: _Optional[str] = ..., issuer: _Optional[bytes] = ..., root: _Optional[bytes] = ..., secret: _Optional[bytes] = ..., division: _Optional[str] = ..., expires_at: _Optional[int] = ...) -> None: ...

class EnrolRequest(_message.Message):
    __slots__ = ("secret", "certificate_request", "user")
    SECRET_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_REQUEST_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    secret: bytes
    certificate_request: bytes
    user: str
    def __init__(self, secret: _Optional[bytes] = ..., certificate_request: _Optional[bytes] = ..., user: _Optional[str] = ...) -> None: ...

class EnrolResponse(_message.Message):
    __slots__ = ("certificates", "division", "beacon", "parents")
    CERTIFICATES_FIELD_NUMBER: _ClassVar[int]
    DIVISION_FIELD_NUMBER: _ClassVar[int]
    BEACON_FIELD_NUMBER: _ClassVar[int]
    PARENTS_FIELD_NUMBER: _ClassVar[int]
    certificates: _containers.RepeatedScalarFieldContainer[bytes]
    division: str
    beacon: _ledger_pb2.Beacon
    parents: _containers.RepeatedCompositeFieldContainer[Parent]
    def __init__(self, certificates: _Optional[_Iterable[bytes]] = ..., division: _Optional[str] = ..., beacon: _Optional[_Union[_ledger_pb2.Beacon, _Mapping]] = ..., parents: _Optional[_Iterable[_Union[Parent, _Mapping]]] = ...) -> None: ...

class Parent(_message.Message):
    __slots__ = ("author", "address", "division")
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    DIVISION_FIELD_NUMBER: _ClassVar[int]
    author: bytes
    address: str
    division: str
    def __init__(self, author: _Optional[bytes] = ..., address: _Optional[str] = ..., division: _Optional[str] = ...) -> None: ...

class RenewRequest(_message.Message):
    __slots__ = ("certificate_request",)
    CERTIFICATE_REQUEST_FIELD_NUMBER: _ClassVar[int]
    certificate_request: bytes
    def __init__(self, certificate_request: _Optional[bytes] = ...) -> None: ...

class RenewResponse(_message.Message):
    __slots__ = ("certificates",)
    CERTIFICATES_FIELD_NUMBER: _ClassVar[int]
    certificates: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, certificates: _Optional[_Iterable[bytes]] = ...) -> None: ...

class CertificateScope(_message.Message):
    __slots__ = ("division", "valid_from", "valid_until")
    DIVISION_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    division: str
    valid_from: int
    valid_until: int
    def __init__(self, division: _Optional[str] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ...) -> None: ...
