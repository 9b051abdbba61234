//! The rules of presence: who is online, and who is to hear of it.

pub(super) mod people;
pub(super) mod watches;

#[cfg(test)]
use std::time::Duration;

#[cfg(test)]
use jiff::Timestamp;

#[cfg(test)]
use crate::booking::UserId;

#[cfg(test)]
mod tests;
