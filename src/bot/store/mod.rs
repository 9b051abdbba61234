//! Rows of bots, of their schedules and of what they said.
//!
//! One file a table, queries named noun first; each runs inside the caller's transaction. Nothing here decides.

mod bots;
mod messages;
mod schedules;

pub(crate) use bots::{
    NewBot, bot_by_id, bot_by_key, bot_by_name, bot_count, bot_count_waiting, bot_decide, bot_delete, bot_insert,
    bot_key_taken, bot_list, bot_set_key,
};
pub(crate) use messages::{
    NewMessage, bot_message_insert, bot_message_list, bot_message_prune, bot_message_told, bot_message_untold,
};
pub(crate) use schedules::{
    NewSchedule, schedule_by_id, schedule_count, schedule_delete, schedule_due, schedule_insert, schedule_list,
    schedule_pause, schedule_pause_all, schedule_ran,
};
