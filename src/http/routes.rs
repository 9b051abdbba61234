//! The routes of `/api/v1`: method, path and command, one line each; everything else follows from the command.
//!
//! Names in braces and of the query are arguments by name, as are the fields of a JSON body. Pure: a list.

use axum::http::Method;

pub(super) use super::route::{CARS_SHEET, CSV, DAYS_SHEET, Does, File, From, JSON, Paged, Route};

const fn get(path: &'static str, command: &'static str) -> Route {
    Route::new(Method::GET, path, Does::Command(command))
}

const fn post(path: &'static str, command: &'static str) -> Route {
    Route::new(Method::POST, path, Does::Command(command))
}

const fn put(path: &'static str, command: &'static str) -> Route {
    Route::new(Method::PUT, path, Does::Command(command))
}

const fn patch(path: &'static str, command: &'static str) -> Route {
    Route::new(Method::PATCH, path, Does::Command(command))
}

const fn delete(path: &'static str, command: &'static str) -> Route {
    Route::new(Method::DELETE, path, Does::Command(command))
}

/// Every route.
pub(super) static ROUTES: &[Route] = &[
    // -- booking and driving
    get("/cars", "s.cars").paged("after", "car_id").tagged(),
    get("/availability", "s.availability"),
    get("/calendar", "s.calendar").paged("after", "car_id"),
    get("/bookings", "s.bookings").paged("before", "booking"),
    post("/bookings", "s.book").makes("booking"),
    patch("/bookings/{booking}", "s.extend"),
    delete("/bookings/{booking}", "s.cancel"),
    post("/bookings/{booking}/unlock", "s.unlock"),
    post("/bookings/{booking}/lock", "s.lock"),
    post("/bookings/{booking}/return", "s.return"),
    post("/returns", "s.return"),
    get("/usage", "s.usage"),
    get("/usage/cars.csv", "s.exportusage").file(CARS_SHEET),
    get("/usage/days.csv", "s.exportusage").file(DAYS_SHEET),
    // -- cars and repairs
    get("/car-commands", "s.commands").paged("before", "command"),
    post("/cars", "s.addcar").makes("car_id"),
    patch("/cars/{car}", "s.changecar"),
    delete("/cars/{car}", "s.retirecar"),
    put("/cars/{car}/condition", "s.setcondition"),
    post("/cars/{car}/commands", "s.operatecar"),
    put("/cars/{car}/trust", "s.trustunit"),
    delete("/cars/{car}/trust", "s.distrustunit"),
    post("/cars/{car}/repairs", "s.reportcar").makes("repair"),
    get("/repairs", "s.repairs"),
    put("/repairs/{repair}/engineer", "s.assignrepair"),
    post("/repairs/{repair}/take", "s.takerepair"),
    post("/repairs/{repair}/finish", "s.finishrepair"),
    post("/repairs/{repair}/cancel", "s.cancelrepair"),
    post("/engineer-codes", "s.engineercode"),
    put("/engineer-devices/{address}", "s.engineerdevice"),
    delete("/engineer-devices/{address}", "s.removeengineerdevice"),
    // -- oneself
    get("/me", "s.whoami"),
    put("/me/password", "s.password"),
    put("/me/pin", "s.setpin"),
    get("/me/profile", "s.profile"),
    patch("/me/profile", "s.setprofile"),
    get("/me/sessions", "s.sessions"),
    delete("/me/sessions", "s.endsessions"),
    delete("/me/sessions/{session}", "s.endsession"),
    post("/signup", "s.signup").for_strangers(),
    post("/new-password", "s.newpassword").for_strangers(),
    // -- faces
    get("/faces", "s.faces"),
    post("/faces", "s.enrollface"),
    get("/faces/search", "s.searchface"),
    get("/pictures/{picture}/quality", "s.facequality"),
    delete("/faces", "s.eraseface"),
    get("/faces/receipts", "s.facereceipts"),
    get("/faces/consent", "s.faceconsent"),
    post("/faces/consent", "s.giveconsent"),
    post("/faces/export", "s.exportface"),
    // -- who is here
    get("/people/online", "s.online").pages("after"),
    get("/people/{user}/seen", "s.lastseen"),
    get("/users/{user}/clients", "s.sessionsof"),
    // -- places
    get("/buildings", "s.buildings").pages("after").tagged(),
    put("/buildings/{building}", "s.addbuilding"),
    delete("/buildings/{building}", "s.removebuilding"),
    get("/buildings/{building}/people", "s.peoplein").pages("after"),
    get("/people/here", "s.peoplehere").pages("after"),
    get("/people/near", "s.peoplenear").pages("after"),
    get("/cars/here", "s.carshere").pages("after"),
    get("/cars/near", "s.carsnear").pages("after"),
    get("/position", "s.whereis"),
    put("/me/position", "s.move"),
    put("/me/range", "s.setrange"),
    get("/me/visibility", "s.visibility"),
    put("/me/visibility", "s.setvisibility"),
    // -- people and groups
    get("/users", "s.users").paged("after", "user_id").tagged(),
    post("/users", "s.adduser"),
    put("/users/{user}/role", "s.setrole"),
    put("/users/{user}/disabled", "s.disableuser"),
    post("/users/{user}/password-reset", "s.resetpassword"),
    post("/users/{user}/reset-codes", "s.resetcode"),
    delete("/users/{user}/pin", "s.resetpin"),
    get("/users/{user}/sessions", "s.sessions"),
    delete("/users/{user}/sessions", "s.endsessions"),
    get("/invitations", "s.invitations").paged("after", "invitation_id"),
    post("/invitations", "s.invite").makes("invitation_id"),
    delete("/invitations/{invitation_id}", "s.revokeinvitation"),
    post("/users/{user}/groups", "s.grant"),
    delete("/users/{user}/groups/{group}", "s.revoke"),
    get("/groups", "s.groups"),
    post("/groups", "s.newgroup"),
    delete("/groups/{name}", "s.removegroup"),
    get("/keys/admin", "s.getadminkey"),
    post("/keys/admin", "s.setadminkey"),
    // -- who is connected, and what is said
    get("/clients", "s.clients"),
    put("/clients/{client}/name", "s.changename"),
    post("/clients/{client}/kick", "s.kickuser"),
    post("/clients/{client}/mute", "s.mute"),
    delete("/clients/{client}/mute", "s.unmute"),
    post("/clients/{client}/rights", "s.getrights"),
    delete("/clients/{client}/rights/{permission}", "s.removerights"),
    delete("/clients/{client}/admin", "s.removeadmin"),
    post("/addresses/{address}/kick", "s.kickip"),
    post("/clients/{client}/calls", "s.callclient"),
    get("/clients/{client}/requestables/{name}", "s.request"),
    post("/clients/{client}/messages", "s.tell"),
    post("/announcements", "s.announce"),
    post("/messages", "s.send").makes("message"),
    get("/messages", "s.sent").paged_in("before", "messages", "id"),
    get("/messages/{message}/readers", "s.readers").paged("after", "user_id"),
    get("/inbox", "s.inbox").paged_in("before", "messages", "seq"),
    put("/inbox/read", "s.read"),
    put("/me/receipts", "s.receipts"),
    get("/blocks", "s.blocks").paged("after", "user_id"),
    put("/blocks/{user}", "s.block"),
    delete("/blocks/{user}", "s.unblock"),
    get("/rooms", "s.rooms").paged("after", "room"),
    post("/rooms", "s.newroom").makes("room"),
    get("/rooms/{room}", "s.room"),
    delete("/rooms/{room}", "s.closeroom"),
    get("/rooms/{room}/messages", "s.roomhistory").paged_in("before", "messages", "id"),
    post("/rooms/{room}/join", "s.joinroom"),
    post("/rooms/{room}/leave", "s.leaveroom"),
    post("/rooms/{room}/invitations", "s.invitemember"),
    delete("/rooms/{room}/members/{user}", "s.removemember"),
    put("/rooms/{room}/owner", "s.giveroom"),
    get("/notices", "s.notices"),
    post("/notices", "s.notice").makes("notice"),
    delete("/notices/{notice}", "s.endnotice"),
    get("/bans", "s.bans").paged("after", "subject"),
    post("/bans", "s.ban"),
    delete("/bans", "s.unban"),
    get("/why/{command}", "s.why"),
    post("/tries", "s.try"),
    // -- bots, webhooks, and what is kept of a person
    get("/bots", "s.bots").paged("after", "bot"),
    post("/bots", "s.registerbot").makes("bot"),
    get("/bots/{bot}", "s.botstate"),
    delete("/bots/{bot}", "s.removebot"),
    post("/bots/{bot}/authorise", "s.authorisebot"),
    post("/bots/{bot}/revoke", "s.revokebot"),
    post("/bots/{bot}/key", "s.newbotkey"),
    post("/bot-messages", "s.botmessage"),
    get("/bot-schedules", "s.botschedules").paged("after", "schedule"),
    post("/bot-schedules", "s.schedulebot").makes("schedule"),
    put("/bot-schedules/{schedule}/paused", "s.pauseschedule"),
    delete("/bot-schedules/{schedule}", "s.removeschedule"),
    get("/webhooks", "s.webhooks").paged("after", "webhook"),
    post("/webhooks", "s.newwebhook").makes("webhook"),
    put("/webhooks/{webhook}/enabled", "s.enablewebhook"),
    post("/webhooks/{webhook}/secret", "s.newwebhooksecret"),
    post("/webhooks/{webhook}/test", "s.testwebhook"),
    delete("/webhooks/{webhook}", "s.removewebhook"),
    get("/me/log", "s.personlog").pages("after"),
    get("/me/log.csv", "s.exportlog").file(CSV),
    get("/me/log.json", "s.exportlog").file(JSON),
    get("/users/{user}/log", "s.personlog").pages("after"),
    get("/users/{user}/log.csv", "s.exportlog").file(CSV),
    get("/users/{user}/log.json", "s.exportlog").file(JSON),
    get("/buildings/{building}/log", "s.buildinglog").pages("after"),
    get("/buildings/{building}/log.csv", "s.exportlog").file(CSV),
    get("/buildings/{building}/log.json", "s.exportlog").file(JSON),
    get("/export", "s.exportperson").pages("after"),
    post("/users/{user}/erasure", "s.eraseperson"),
    // -- files; their contents have routes of their own
    get("/files", "s.files").paged("before", "file"),
    get("/files/{file}", "s.filestat"),
    put("/files/{file}/name", "s.renamefile"),
    delete("/files/{file}", "s.removefile"),
    post("/files/{file}/offers", "s.sendfile").makes("offer"),
    get("/uploads", "s.uploads"),
    delete("/uploads/{upload}", "s.abortupload"),
    get("/file-offers", "s.fileoffers").paged("before", "offer"),
    post("/file-offers/{offer}/taken", "s.takenfile"),
    post("/file-offers/{offer}/refused", "s.refusefile"),
    // -- the server
    get("/info", "s.info"),
    get("/commands", "s.help"),
    get("/attributes", "s.attributes"),
    post("/reload", "s.reload"),
    post("/restart", "s.restart"),
    post("/shutdown", "s.shutdown"),
    get("/services", "s.services_info"),
    put("/services/{service_name}/enabled", "s.services"),
    post("/services/{name}/rounds", "s.runservice"),
    get("/datasocks", "s.listsocks"),
    post("/datasocks", "s.newdatasock"),
    delete("/datasocks/{names}", "s.closedatasock"),
    get("/jobs", "s.jobs"),
    delete("/jobs/{job}", "s.canceljob"),
    get("/logs", "s.log").paged("before", "number"),
    post("/logs/file", "s.storelog"),
    get("/problems", "s.errortrace"),
    get("/threads", "s.listthreads"),
    get("/audit", "s.audit").paged("before", "id"),
    get("/network", "s.listnetwork"),
    put("/network/parent", "s.setparent"),
    delete("/network/parent", "s.removeparent"),
    post("/network/shutdown", "s.shutdownnetwork"),
    post("/network/servers/{name}/restart", "s.restartserver"),
    post("/network/servers/{name}/shutdown", "s.shutdownserver"),
    Route::new(Method::GET, "/requestables/{name}", Does::Requestable),
    Route::new(Method::POST, "/commands/{name}", Does::AnyCommand),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use schemars::generate::SchemaSettings;

    use super::*;
    use crate::command::builtin;

    /// Names in braces.
    fn names_of(path: &str) -> Vec<&str> {
        path.split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect()
    }

    /// What belongs to a connection, to the unit of a car, or to what a unit shows: over HTTP there is none.
    const WITHOUT: &[&str] = &[
        "s.attach",
        "s.connectto",
        "s.connecttoparent",
        "s.cth",
        "s.engineersignin",
        "s.facechallenge",
        "s.getadmin",
        "s.ping",
        "s.signout",
        "s.subscribe",
        "s.subscriptions",
        "s.unlockface",
        "s.unlockwith",
        "s.unsubscribe",
        "s.unwatchpeople",
        "s.unwatchrange",
        "s.watchpeople",
        "s.watchrange",
    ];

    #[test]
    fn every_command_has_a_route_or_has_none_on_purpose() {
        for entry in builtin::table().listed() {
            let has_route = ROUTES.iter().any(|route| route.does == Does::Command(entry.name));
            let is_without = WITHOUT.contains(&entry.name);
            assert!(
                has_route != is_without,
                "{}: give it a line in ROUTES, or name it in WITHOUT, and not both",
                entry.name
            );
        }
    }

    /// Whether there is such a field in an answer, or in its rows.
    fn answers_with(entry: &crate::command::table::Entry, field: &str) -> bool {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        let mut schemas = settings
            .with(|settings| settings.inline_subschemas = true)
            .into_generator();
        let reply = entry.reply.unwrap()(&mut schemas).to_value();
        let row = reply.get("items").unwrap_or(&reply);
        row["properties"].get(field).is_some()
    }

    #[test]
    fn every_route_ends_in_a_command_that_takes_what_its_path_names() {
        let table = builtin::table();
        let mut seen = HashSet::new();
        for route in ROUTES {
            assert!(seen.insert((route.method.clone(), route.path)), "{} twice", route.path);
            let Does::Command(name) = route.does else { continue };
            let entry = table.find(name).unwrap_or_else(|| panic!("{name} is no command"));
            let parameters: Vec<&str> = entry.parameters.iter().map(|one| one.name.as_str()).collect();
            for name in names_of(route.path) {
                assert!(parameters.contains(&name), "{} has {name}, {parameters:?}", route.path);
            }
            if let Some(paged) = route.paged {
                assert!(parameters.contains(&paged.parameter), "{}", route.path);
                let field = match paged.from {
                    From::LastRow(field) => field,
                    From::LastOf(list, _) => list,
                    From::Next => "next",
                };
                assert!(answers_with(entry, field), "{} has no {field}", route.path);
            }
            if let Some(field) = route.makes {
                assert!(answers_with(entry, field), "{} makes no {field}", route.path);
            }
            if let Some(file) = route.file {
                let fixed = file.fixed.iter().map(|(name, _)| *name);
                let wanted: Vec<&str> = fixed.chain([crate::http::download::AFTER]).collect();
                let mut lacking = wanted.iter().filter(|name| !parameters.contains(*name));
                assert_eq!(lacking.next(), None, "{} is no file", route.path);
                let is_piece = ["file", "content", "next"]
                    .iter()
                    .all(|field| answers_with(entry, field));
                assert!(is_piece && !entry.changes && route.paged.is_none(), "{}", route.path);
            }
            // What only looks is safe to ask again, and what changes something is never a GET.
            assert!(!(entry.changes && route.method == Method::GET), "{}", route.path);
        }
    }
}
