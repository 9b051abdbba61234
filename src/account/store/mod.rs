//! Rows of people, keys, tokens and where people sign in from.
//!
//! One file a table, queries named noun first; each runs inside the caller's transaction and
//! compiles for both back-ends. Nothing here decides: what a row means is for the rooms above.

mod codes;
mod grants;
mod groups;
mod identities;
mod keys;
mod sessions;
mod sign_in_events;
mod signs;
mod sources;
mod tokens;
mod users;

pub use self::codes::{
    CODES_OPEN_MAX, Code, CodePurpose, NewCode, code_by_hash, code_delete, code_delete_expired, code_delete_for_user,
    code_insert, code_list,
};
pub use self::grants::{
    Grant, NewGrant, grant_failed, grant_insert, grant_list_due, grant_list_of, grant_of_client, grant_renew,
};
pub use self::groups::{
    chains, group_accounts, group_delete, group_insert, group_list, user_chains, user_group_delete, user_group_insert,
    user_group_list,
};
pub use self::identities::{
    identity_find, identity_insert, identity_providers, identity_seen, user_groups_given, users_by_email,
};
pub use self::keys::{
    NewKey, admin_key_exists, admin_key_list, key_by_hash, key_by_id, key_insert, key_list, key_revoke,
};
pub use self::sessions::{
    Session, session_delete, session_delete_by_token, session_delete_others, session_list, session_of_client,
};
pub use self::sign_in_events::{
    NewSignInEvent, SignIn, SignInEvent, sign_in_event_insert, sign_in_event_list, sign_in_event_prune,
};
pub use self::signs::{
    SignKind, engineer_code_delete_all, engineer_sign_delete, engineer_sign_find, engineer_sign_insert,
};
pub use self::sources::{SOURCES_PER_USER_MAX, source_remember, source_seen_at};
pub use self::tokens::{
    GUEST_TOKENS_MAX, NewToken, TOKENS_PER_OWNER_MAX, token_by_hash, token_delete_expired, token_delete_for_key,
    token_delete_for_user, token_insert, token_touch,
};
pub(crate) use self::users::{Hashes, user_erase, user_is_somebody, user_secrets_by_id, user_secrets_by_name};
pub use self::users::{
    NewUser, role_exists, role_names, user_by_id, user_by_name, user_insert, user_like, user_list, user_set_disabled,
    user_set_password, user_set_pin, user_set_profile, user_set_role, user_upsert,
};

use jiff::Timestamp;

use crate::store::StoreError;

/// The instant of a stored number; a number no clock gives is the nearest one it could.
fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// An update by id that met no row is a row that is missing.
fn one(changed: usize) -> Result<(), StoreError> {
    if changed == 0 { Err(StoreError::Missing) } else { Ok(()) }
}
