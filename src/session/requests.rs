//! Requests on their way to the table of requestables.

use super::actor::Session;
use super::reply::Reply;
use crate::command::arguments::Given;
use crate::requestable::{self, Told};
use crate::wire;

impl Session {
    /// Answers a request, or refuses it by name; what takes time is looked up beside the socket.
    pub(super) fn request(&self, request: wire::Request) {
        self.asked(request.id).looks();
        let given = Given::from(request.args);
        match requestable::answer(&self.house, self.caller(), &request.name, given) {
            Told::Now(outcome) => self.answer_now(request.id, Reply::Result, outcome),
            Told::Later(work) => self.answer_later(request.id, Reply::Result, work),
        }
    }
}
