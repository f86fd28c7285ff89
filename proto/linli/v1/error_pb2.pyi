from linli.v1 import ledger_pb2 as _ledger_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REASON_UNSPECIFIED: _ClassVar[Reason]
    REASON_PROTOCOL_VERSION: _ClassVar[Reason]
    REASON_CLUSTER_FOREIGN: _ClassVar[Reason]
    REASON_CERTIFICATE_UNKNOWN: _ClassVar[Reason]
    REASON_CERTIFICATE_EXPIRED: _ClassVar[Reason]
    REASON_CERTIFICATE_SCOPE: _ClassVar[Reason]
    REASON_SIGNATURE_INVALID: _ClassVar[Reason]
    REASON_HASH_MISMATCH: _ClassVar[Reason]
    REASON_GAP: _ClassVar[Reason]
    REASON_OUT_OF_SCOPE: _ClassVar[Reason]
    REASON_MALFORMED: _ClassVar[Reason]
    REASON_LIMIT: _ClassVar[Reason]
    REASON_FORMAT_UNKNOWN: _ClassVar[Reason]
    REASON_TABLE_UNKNOWN: _ClassVar[Reason]
    REASON_COLUMN_UNKNOWN: _ClassVar[Reason]
    REASON_TRUST_BEHIND: _ClassVar[Reason]
    REASON_NOT_AUTHORISED: _ClassVar[Reason]
    REASON_VALUE_INVALID: _ClassVar[Reason]
    REASON_TOKEN_INVALID: _ClassVar[Reason]
    REASON_INVITE_SCOPE: _ClassVar[Reason]
    REASON_STORE_FAULT: _ClassVar[Reason]
    REASON_UNAVAILABLE: _ClassVar[Reason]
    REASON_BOOT_REUSED: _ClassVar[Reason]
    REASON_TRUST_REUSED: _ClassVar[Reason]
    REASON_NOT_FOR_THIS_NODE: _ClassVar[Reason]
    REASON_REVOKED: _ClassVar[Reason]
REASON_UNSPECIFIED: Reason
REASON_PROTOCOL_VERSION: Reason
REASON_CLUSTER_FOREIGN: Reason
REASON_CERTIFICATE_UNKNOWN: Reason
REASON_CERTIFICATE_EXPIRED: Reason
REASON_CERTIFICATE_SCOPE: Reason
REASON_SIGNATURE_INVALID: Reason
REASON_HASH_MISMATCH: Reason
REASON_GAP: Reason
REASON_OUT_OF_SCOPE: Reason
REASON_MALFORMED: Reason
REASON_LIMIT: Reason
REASON_FORMAT_UNKNOWN: Reason
REASON_TABLE_UNKNOWN: Reason
REASON_COLUMN_UNKNOWN: Reason
REASON_TRUST_BEHIND: Reason
REASON_NOT_AUTHORISED: Reason
REASON_VALUE_INVALID: Reason
REASON_TOKEN_INVALID: Reason
REASON_INVITE_SCOPE: Reason
REASON_STORE_FAULT: Reason
REASON_UNAVAILABLE: Reason
REASON_BOOT_REUSED: Reason
REASON_TRUST_REUSED: Reason
REASON_NOT_FOR_THIS_NODE: Reason
REASON_REVOKED: Reason

class Refusal(_message.Message):
    __slots__ = ("reason", "message", "author", "partition")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    reason: Reason
    message: str
    author: bytes
    partition: _ledger_pb2.Partition
    def __init__(self, reason: _Optional[_Union[Reason, str]] = ..., message: _Optional[str] = ..., author: _Optional[bytes] = ..., partition: _Optional[_Union[_ledger_pb2.Partition, _Mapping]] = ...) -> None: ...
