//! The routes of `/api/v1`: method, path and command, one line each; everything else follows from the command.
//!
//! Names in braces and of the query are arguments by name, as are the fields of a JSON body. Pure: a list.

use axum::http::Method;

/// What a route ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Does {
    /// A command of the one table.
    Command(&'static str),
    /// A command whose name is in the path as `name`.
    AnyCommand,
    /// Something the server tells, whose name is in the path as `name`.
    Requestable,
}

/// How an answer goes on: the parameter that takes the last row's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paged {
    /// Parameter of the command.
    pub(super) parameter: &'static str,
    /// Field of each row.
    pub(super) field: &'static str,
}

/// One route.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) method: Method,
    /// Below `/api/v1`.
    pub(super) path: &'static str,
    pub(super) does: Does,
    pub(super) paged: Option<Paged>,
    /// The field whose value, after this path, is where something made is found.
    pub(super) makes: Option<&'static str>,
    /// Whether an answer that is known already need not be sent again.
    pub(super) tagged: bool,
}

impl Route {
    const fn new(method: Method, path: &'static str, does: Does) -> Self {
        Self {
            method,
            path,
            does,
            paged: None,
            makes: None,
            tagged: false,
        }
    }

    const fn paged(mut self, parameter: &'static str, field: &'static str) -> Self {
        self.paged = Some(Paged { parameter, field });
        self
    }

    const fn makes(mut self, field: &'static str) -> Self {
        self.makes = Some(field);
        self
    }

    const fn tagged(mut self) -> Self {
        self.tagged = true;
        self
    }
}

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
    get("/bookings", "s.bookings").paged("before", "booking"),
    post("/bookings", "s.book").makes("booking"),
    patch("/bookings/{booking}", "s.extend"),
    delete("/bookings/{booking}", "s.cancel"),
    post("/bookings/{booking}/unlock", "s.unlock"),
    post("/bookings/{booking}/lock", "s.lock"),
    post("/bookings/{booking}/return", "s.return"),
    // -- cars and repairs
    get("/car-commands", "s.commands").paged("before", "command"),
    post("/cars/{car}/commands", "s.operatecar"),
    post("/cars/{car}/repairs", "s.reportcar").makes("repair"),
    get("/repairs", "s.repairs"),
    put("/repairs/{repair}/engineer", "s.assignrepair"),
    post("/repairs/{repair}/take", "s.takerepair"),
    post("/repairs/{repair}/finish", "s.finishrepair"),
    post("/repairs/{repair}/cancel", "s.cancelrepair"),
    // -- oneself
    get("/me", "s.whoami"),
    put("/me/password", "s.password"),
    put("/me/pin", "s.setpin"),
    // -- people and groups
    get("/users", "s.users").paged("after", "user_id").tagged(),
    post("/users", "s.adduser"),
    put("/users/{user}/role", "s.setrole"),
    put("/users/{user}/disabled", "s.disableuser"),
    post("/users/{user}/password-reset", "s.resetpassword"),
    post("/users/{user}/groups", "s.grant"),
    delete("/users/{user}/groups/{group}", "s.revoke"),
    get("/groups", "s.groups"),
    post("/groups", "s.newgroup"),
    delete("/groups/{name}", "s.removegroup"),
    get("/keys/admin", "s.getadminkey"),
    post("/keys/admin", "s.setadminkey"),
    // -- who is connected, and what is said
    get("/clients", "s.clients"),
    post("/clients/{client}/calls", "s.callclient"),
    get("/clients/{client}/requestables/{name}", "s.request"),
    post("/messages", "s.tell"),
    post("/announcements", "s.announce"),
    get("/bans", "s.bans").paged("after", "subject"),
    post("/bans", "s.ban"),
    // -- the server
    get("/info", "s.info"),
    get("/services", "s.services_info"),
    put("/services/{service_name}/enabled", "s.services"),
    post("/services/{name}/rounds", "s.runservice"),
    get("/datasocks", "s.listsocks"),
    get("/jobs", "s.jobs"),
    get("/logs", "s.log"),
    get("/audit", "s.audit"),
    get("/network", "s.listnetwork"),
    Route::new(Method::GET, "/requestables/{name}", Does::Requestable),
    Route::new(Method::POST, "/commands/{name}", Does::AnyCommand),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::command::builtin;

    /// Names in braces.
    fn names_of(path: &str) -> Vec<&str> {
        path.split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect()
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
            }
            // What only looks is safe to ask again, and what changes something is never a GET.
            assert!(!(entry.changes && route.method == Method::GET), "{}", route.path);
        }
    }
}
