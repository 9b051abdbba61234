//! `mail`: what was pushed to a session and not acknowledged comes again, and how far each session is gets saved.

use super::recipe::{Repeating, Rhythm};
use crate::error::Error;
use crate::house::House;
use crate::registry::events::SWEEP_EVERY;

/// Holds nothing but the way to the mail.
pub(crate) struct Mail;

impl Repeating for Mail {
    const NAME: &'static str = "mail";

    fn rhythm(_house: &House) -> Rhythm {
        Rhythm::every(SWEEP_EVERY)
    }

    fn fresh(_house: &House) -> Self {
        Self
    }

    async fn round(&mut self, house: &House) -> Result<String, Error> {
        Ok(match house.mail.sweep().await? {
            0 => String::new(),
            places => format!("saved how far {places} sessions are"),
        })
    }
}
