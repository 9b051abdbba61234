//! What is decided about files without waiting: names, owners, rights, limits, the course of an upload, of an offer.

pub(crate) mod ids;
pub(crate) mod limits;
pub(crate) mod names;
pub(crate) mod offer;
pub(crate) mod owner;
pub(crate) mod rights;
#[cfg(test)]
mod tests;
pub(crate) mod upload;
