//! Repeating work under supervision: one service a file, one line in the list here.
//!
//! A service looks and acts through the handles of the house. The framework beside it does the rest: interval,
//! time limit, switch, restarts with fresh state, giving up, and the record of what was done.

mod actor;
mod backup;
mod booking_clock;
mod bot_schedules;
mod copies;
mod disk_space;
mod face_retention;
mod files;
mod keeper;
mod mail;
mod metadata;
pub(crate) mod outside;
mod ping;
mod providers;
pub(crate) mod recipe;
pub(crate) mod record;
mod retention;
mod rules;
pub(crate) mod set;
#[cfg(test)]
mod tests;
mod view;
mod webhooks;

pub(crate) use set::Services;
pub(crate) use view::ServiceListed;

use crate::error::Error;
use crate::house::House;
use recipe::Recipe;

/// Starts the services that every server has.
pub(crate) fn add_all(house: &House) -> Result<(), Error> {
    let services = &house.services;
    services.add(Recipe::of::<backup::Backup>(house))?;
    services.add(Recipe::of::<booking_clock::BookingClock>(house))?;
    services.add(Recipe::of::<bot_schedules::BotSchedules>(house))?;
    services.add(Recipe::of::<disk_space::DiskSpace>(house))?;
    services.add(Recipe::of::<face_retention::FaceRetention>(house))?;
    services.add(Recipe::of::<files::Files>(house))?;
    services.add(Recipe::of::<mail::Mail>(house))?;
    services.add(Recipe::of::<metadata::Metadata>(house))?;
    services.add(Recipe::of::<crate::network::link::Parent>(house))?;
    services.add(Recipe::of::<ping::Ping>(house))?;
    services.add(Recipe::of::<providers::Providers>(house))?;
    services.add(Recipe::of::<retention::Retention>(house))?;
    services.add(Recipe::of::<webhooks::Webhooks>(house))
}
