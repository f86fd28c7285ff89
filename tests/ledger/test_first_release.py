"""Messages between the first release and this one: each reads the other's, and loses nothing of it.

`first-release.binpb` is the image of the wire as it was first promised. A program of that day is
played by the messages of that image: the same library, and no field of a later day.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

ROOT = Path(__file__).resolve().parents[2]
IMAGE = (Path(__file__).parent / "first-release.binpb").read_bytes()
DEEP = 4
NUMBERS = {
    FieldDescriptor.CPPTYPE_INT32: 7,
    FieldDescriptor.CPPTYPE_INT64: 7,
    FieldDescriptor.CPPTYPE_UINT32: 7,
    FieldDescriptor.CPPTYPE_UINT64: 7,
    FieldDescriptor.CPPTYPE_BOOL: True,
}


def pool_of(image: bytes) -> descriptor_pool.DescriptorPool:
    """The messages of an image, under a roof of their own."""
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(image).file:
        pool.Add(file)
    return pool


FIRST, NEWEST = (pool_of(image) for image in (IMAGE, (ROOT / "proto/released.binpb").read_bytes()))
NAMES = [
    f"{file.package}.{message.name}"
    for file in descriptor_pb2.FileDescriptorSet.FromString(IMAGE).file
    for message in file.message_type
]


def kind(pool: descriptor_pool.DescriptorPool, name: str) -> type[Message]:
    """A message as one of the releases knows it."""
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def filled(message: Message, choice: int, deep: int = DEEP) -> Message:
    """Sets every field; of alternatives the one whose turn it is."""
    declared: Any = message.DESCRIPTOR
    for field in declared.fields:
        others = field.containing_oneof.fields if field.containing_oneof else [field]
        if others[choice % len(others)] is not field:
            continue
        if field.message_type is not None:
            _fill_message(message, field, choice, deep)
        elif field.is_repeated:
            getattr(message, field.name).extend([_value(field, 1), _value(field, 2)])
        else:
            setattr(message, field.name, _value(field, choice))
    return message


def _fill_message(message: Message, field: FieldDescriptor, choice: int, deep: int) -> None:
    if not deep:
        return
    if field.is_repeated:
        for turn in range(2):
            filled(getattr(message, field.name).add(), choice + turn, deep - 1)
    else:
        filled(getattr(message, field.name), choice, deep - 1).SetInParent()


def _value(field: FieldDescriptor, choice: int) -> Any:
    if field.enum_type is not None:
        return field.enum_type.values[-1].number
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        text = f"{field.name} {choice}"
        return text.encode() if field.type == FieldDescriptor.TYPE_BYTES else text
    return NUMBERS[field.cpp_type]


def test_the_image_is_the_one_that_was_promised_first() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text().splitlines()
    promised = [line for line in lines if line.startswith("- Wire image")]
    assert hashlib.sha256(IMAGE).hexdigest()[:16] in promised[-1]
    assert len(NAMES) > 20


@pytest.mark.parametrize("name", NAMES)
def test_each_reads_the_other_and_passes_on_every_byte(name: str) -> None:
    for choice in range(12):
        for writer, reader in ((FIRST, NEWEST), (NEWEST, FIRST)):
            written = filled(kind(writer, name)(), choice).SerializeToString(deterministic=True)
            read = kind(reader, name).FromString(written)
            passed_on = read.SerializeToString(deterministic=True)
            back = kind(writer, name).FromString(passed_on)
            assert back.SerializeToString(deterministic=True) == written
            check_known(read, kind(writer, name).FromString(written))


def check_known(read: Message, written: Message) -> None:
    """What both know says the same."""
    known = {field.name for field in read.DESCRIPTOR.fields}
    for field, value in written.ListFields():
        if field.name not in known:
            continue
        found = getattr(read, field.name)
        if field.message_type is None:
            assert found == value or list(found) == list(value)
        elif field.is_repeated:
            for one, other in zip(found, value, strict=True):
                check_known(one, other)
        else:
            check_known(found, value)
