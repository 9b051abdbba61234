//! The built-in commands: one file each, and the list that makes the table.

mod attach;
mod attributes;
mod audit;
mod ban;
mod banning;
mod bans;
mod callclient;
mod canceljob;
mod changename;
mod clients;
mod closedatasock;
mod errortrace;
mod getadmin;
mod getadminkey;
mod getrights;
mod help;
mod info;
mod jobs;
mod kickip;
mod kickuser;
mod listsocks;
mod listthreads;
mod log;
mod loglines;
mod mute;
mod newdatasock;
mod notice;
pub(crate) mod others;
mod ping;
mod reload;
mod removeadmin;
mod removerights;
mod request;
mod restart;
mod runservice;
mod sanctioning;
mod services;
mod services_info;
mod setadminkey;
mod shutdown;
mod storelog;
mod subscribe;
mod subscriptions;
mod tryout;
mod unban;
mod unmute;
mod unsubscribe;
mod whoami;
mod why;

pub(crate) use callclient::is_a_cars;

use super::table::Table;

/// Every command of this server.
pub(crate) fn table() -> Table {
    let table = Table::builder()
        .with::<attach::Attach>()
        .with::<attributes::Attributes>()
        .with::<audit::Audit>()
        .with::<ban::Ban>()
        .with::<bans::Bans>()
        .with::<callclient::CallClient>()
        .with::<canceljob::CancelJob>()
        .with::<changename::ChangeName>()
        .with::<clients::Clients>()
        .with::<closedatasock::CloseDataSock>()
        .with::<errortrace::ErrorTrace>()
        .with::<getadmin::GetAdmin>()
        .with::<getadminkey::GetAdminKey>()
        .with::<getrights::GetRights>()
        .with::<help::Help>()
        .with::<info::Info>()
        .with::<jobs::Jobs>()
        .with::<kickip::KickIp>()
        .with::<kickuser::KickUser>()
        .with::<listsocks::ListSocks>()
        .with::<listthreads::ListThreads>()
        .with::<log::Log>()
        .with::<mute::Mute>()
        .with::<newdatasock::NewDataSock>()
        .with::<ping::Ping>()
        .with::<request::Request>()
        .with::<runservice::RunService>()
        .with::<services::Services>()
        .with::<services_info::ServicesInfo>()
        .with::<reload::Reload>()
        .with::<removeadmin::RemoveAdmin>()
        .with::<removerights::RemoveRights>()
        .with::<setadminkey::SetAdminKey>()
        .with::<restart::Restart>()
        .with::<shutdown::Shutdown>()
        .with::<subscribe::Subscribe>()
        .with::<subscriptions::Subscriptions>()
        .with::<tryout::Try>()
        .with::<unban::Unban>()
        .with::<storelog::StoreLog>()
        .with::<unmute::Unmute>()
        .with::<unsubscribe::Unsubscribe>()
        .with::<whoami::WhoAmI>()
        .with::<why::Why>();
    let table = crate::booking::commands::add_to(table);
    let table = crate::bot::commands::add_to(table);
    let table = crate::webhook::commands::add_to(table);
    let table = crate::journal::commands::add_to(table);
    let table = crate::fleet::commands::add_to(table);
    let table = crate::account::commands::add_to(table);
    let table = crate::face::commands::add_to(table);
    let table = crate::file::commands::add_to(table);
    let table = crate::network::commands::add_to(table);
    let table = crate::presence::commands::add_to(table);
    let table = crate::place::commands::add_to(table);
    crate::message::commands::add_to(table)
}
