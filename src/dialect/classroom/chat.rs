//! A client in a chat room: what it says there, what it hears, how it comes and goes.

use super::desk::{Asked, Desk, Stage, say};
use super::rules;
use crate::dialect::line::Out;
use crate::wire::Value;

impl Desk {
    /// A line in a room, or the word that ends it.
    pub(super) fn chat(&mut self, line: &str, out: &mut Out) {
        let Stage::Room { option, room, is_owner } = &self.stage else {
            return;
        };
        let (option, room, is_owner) = (*option, room.clone(), *is_owner);
        match (line.trim(), is_owner) {
            ("exit", true) => self.ask(Asked::Close, "s.closeroom", [("room", Value::from(room))], out),
            ("exit", false) => say(
                &rules::output(option, "Only its owner closes the room; type 'bye' to leave."),
                out,
            ),
            ("bye", true) => say(
                &rules::output(option, "You own the room; type 'exit' to close it."),
                out,
            ),
            ("bye", false) => {
                self.stand_up(&room);
                say(&rules::output(option, format!("You left the chat room {room}.")), out);
                if !self.classroom.has_others(self.id, &self.account, &room) {
                    self.ask(Asked::Nothing, "s.leaveroom", [("room", Value::from(room))], out);
                }
            }
            _ => {
                let args = [("room", Value::from(room)), ("body", Value::from(line))];
                self.ask(Asked::Line(line.to_owned()), "s.send", args, out);
            }
        }
    }

    /// Chats no more; the others there hear it.
    fn stand_up(&mut self, room: &str) {
        self.stage = Stage::Menu;
        self.classroom.enter(self.id, None);
        self.classroom
            .tell_room(self.id, None, room, format!("{} left", self.name));
    }

    pub(super) fn sit_down(&mut self, option: i64, room: String, is_owner: bool, out: &mut Out) {
        self.classroom.enter(self.id, Some(&room));
        if !is_owner {
            let line = format!("{} joined", self.name);
            self.classroom.tell_room(self.id, None, &room, line);
        }
        let ends = if is_owner {
            "Type 'exit' to close the chat room.\nChat room created\nWaiting for other users to join...."
        } else {
            "Type 'bye' to leave the chat room."
        };
        say(
            &rules::output(option, format!("---------- Chat room {room} ----------\n{ends}")),
            out,
        );
        self.stage = Stage::Room { option, room, is_owner };
    }

    /// Somebody in the room says something.
    pub(super) fn hear_in_room(&mut self, room: &str, line: &str, out: &mut Out) {
        if let Stage::Room { option, room: own, .. } = &self.stage
            && own == room
        {
            say(&rules::output(*option, line), out);
        }
    }

    /// The room in which it chats is no more.
    pub(super) fn room_closed(&mut self, room: &str, line: &str, out: &mut Out) {
        self.hear_in_room(room, line, out);
        if matches!(&self.stage, Stage::Room { room: own, .. } if own == room) {
            self.stage = Stage::Menu;
        }
    }
}
