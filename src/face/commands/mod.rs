//! Commands of faces: opening the car by being its rider, which units are trusted to recognise by themselves, and what is
//! kept of a face.
//!
//! Each reads its arguments, asks, and names the reply; what is enough of a face is decided in the rules beside.

mod attempt;
mod distrustunit;
mod enrollface;
mod eraseface;
mod exportface;
mod facechallenge;
mod faceconsent;
mod facequality;
mod facereceipts;
mod frames;
mod giveconsent;
mod listfaces;
mod person;
mod refusal;
mod searchface;
mod shown;
mod trust;
mod trustunit;
mod unlockface;
mod view;

use crate::booking::CarId;
use crate::command::Caller;
use crate::command::table::Table;
use crate::error::Error;
use crate::house::House;
use crate::wire::ErrorCode;

pub(crate) use unlockface::by_embedding_alone;

/// Adds them to the table.
pub(crate) fn add_to(table: Table) -> Table {
    table
        .with::<facechallenge::FaceChallenge>()
        .with::<unlockface::UnlockFace>()
        .with::<trustunit::TrustUnit>()
        .with::<distrustunit::DistrustUnit>()
        .with::<enrollface::EnrollFace>()
        .with::<eraseface::EraseFace>()
        .with::<exportface::ExportFace>()
        .with::<faceconsent::FaceConsent>()
        .with::<facequality::FaceQuality>()
        .with::<facereceipts::FaceReceipts>()
        .with::<giveconsent::GiveConsent>()
        .with::<listfaces::ListFaces>()
        .with::<searchface::SearchFace>()
}

/// The car whose unit calls.
fn car_of(caller: &Caller) -> Result<CarId, Error> {
    caller.car().ok_or_else(|| {
        Error::new(
            ErrorCode::Forbidden,
            format!("{} is for the unit of a car", caller.command),
        )
    })
}

/// Whether faces are looked at here at all.
fn are_enabled(house: &House) -> Result<(), Error> {
    if house.faces.is_enabled() {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::Unavailable,
        "faces are switched off here (`face.enabled`); the password or the PIN opens the car",
    ))
}
