//! What is kept of a face: by whose will, who sees it, who searches it, and that it goes.
//!
//! The real worker looks at real pictures.

#![cfg(feature = "face")]

mod by_tool;
mod enrolling;
mod erasing;
mod over_http;
mod searching;
mod secret;

use serde_json::{Value, json};

use crate::datasocks::attach;
use crate::harness::faces::{models, original};
use crate::harness::{PASSWORD, Raw, Refused, Server};
use crate::pictures::picture_frame;

/// Machines that test are busy.
const PATIENT: [(&str, &str); 2] = [
    ("MOTORPOOL_LIMITS__COMMAND_DEADLINE_MS_DEFAULT", "30000"),
    ("MOTORPOOL_FACE__DEADLINE_MS", "10000"),
];
/// Pictures of one person.
const OBAMAS: [&str; 3] = ["obama.jpg", "obama2.jpg", "obama3.jpg"];

fn server(more: &[(&str, &str)]) -> Server {
    let models = models().display().to_string();
    let mut variables = PATIENT.to_vec();
    variables.push(("MOTORPOOL_FACE__MODELS", &models));
    variables.extend_from_slice(more);
    Server::with(&variables)
}

/// Somebody with a camera.
struct Sitting {
    raw: Raw,
    sock: Raw,
}

impl Sitting {
    fn of(server: &Server, person: &str) -> Self {
        let mut raw = server.as_user(person);
        let sock = attach(&mut raw, "pictures");
        Self { raw, sock }
    }

    /// Sends pictures, and gives their ids.
    fn show(&mut self, files: &[&str]) -> Vec<String> {
        let ids = files.iter().map(|file| {
            self.sock.send_bytes(&picture_frame(&original(file), None));
            let answer = self.sock.read().unwrap();
            let id = answer["picture"]["id"].as_str();
            id.unwrap_or_else(|| panic!("{answer}")).to_owned()
        });
        ids.collect()
    }

    /// Shows pictures and enrols them, with what else is given.
    fn enrol(&mut self, files: &[&str], more: Value) -> Result<Value, Refused> {
        let mut args = more;
        args["pictures"] = json!(self.show(files));
        self.raw.call("s.enrollface", args)
    }

    /// The version of the text that is agreed to.
    fn version(&mut self) -> Value {
        self.raw.call("s.faceconsent", json!([])).unwrap()["version"].clone()
    }

    /// As a person does for themselves.
    fn enrol_self(&mut self, files: &[&str]) -> Result<Value, Refused> {
        let version = self.version();
        self.enrol(files, json!({"consent": version, "password": PASSWORD}))
    }
}

fn templates(listed: &Value) -> Vec<i64> {
    let templates = listed["templates"].as_array().unwrap();
    templates.iter().map(|one| one["template"].as_i64().unwrap()).collect()
}

/// A face search for somebody, as an admin gives it.
fn may_search(server: &Server, person: &str) {
    let args = json!({"user": person, "group": ["face_search"]});
    server.as_user("ada").call("s.grant", args).unwrap();
}
