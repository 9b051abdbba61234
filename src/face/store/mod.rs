//! Rows of consents, sealed templates and receipts.
//!
//! One file a table, queries named noun first; each runs inside the caller's transaction. What is sealed comes in and goes
//! out sealed.

mod consents;
mod erasures;
mod templates;

pub(super) use self::consents::{
    consent_insert, consent_latest, consent_list, consent_text_list, consent_withdraw_all,
};
pub(super) use self::erasures::{erasure_destroyed, erasure_insert, erasure_list, erasure_list_all, erasure_list_open};
pub(super) use self::templates::{
    SealedRow, template_count, template_delete, template_delete_for_user, template_insert, template_list,
    template_matched, template_page, template_reseal, template_sealed_of, template_users_idle,
};

use jiff::Timestamp;

use crate::runtime::clock::from_micros;

fn instant(micros: i64) -> Timestamp {
    from_micros(micros)
}
