//! A reply that is bytes already: what many are told alike is written once.

use std::borrow::Cow;
use std::marker::PhantomData;

use bytes::Bytes;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;

use crate::error::Error;
use crate::wire::{self, ErrorCode};

/// What a command answers, and how it becomes bytes.
pub(crate) trait Reply: JsonSchema + Send {
    /// One item.
    fn into_cbor(self) -> Result<Bytes, Error>;
}

impl<T: Serialize + JsonSchema + Send> Reply for T {
    fn into_cbor(self) -> Result<Bytes, Error> {
        let cbor = wire::to_cbor(&self).map(Bytes::from);
        cbor.map_err(|err| Error::new(ErrorCode::Internal, "the answer cannot be encoded").cause(err))
    }
}

/// The bytes of a `T`.
pub(crate) struct Encoded<T> {
    cbor: Bytes,
    of: PhantomData<fn() -> T>,
}

impl<T: Reply> Encoded<T> {
    /// Of a reply.
    pub(crate) fn new(reply: T) -> Result<Self, Error> {
        reply.into_cbor().map(Self::known)
    }
}

impl<T> Encoded<T> {
    /// Bytes that were made of a `T` before.
    pub(crate) fn known(cbor: Bytes) -> Self {
        Self { cbor, of: PhantomData }
    }

    /// To be kept.
    pub(crate) fn bytes(&self) -> &Bytes {
        &self.cbor
    }
}

impl<T: JsonSchema> JsonSchema for Encoded<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T: JsonSchema> Reply for Encoded<T> {
    fn into_cbor(self) -> Result<Bytes, Error> {
        Ok(self.cbor)
    }
}
