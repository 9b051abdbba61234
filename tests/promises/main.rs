//! What motorpool promises to those outside, tried over real sockets against the real binary.
//!
//! Each test starts a server of its own on any free port, in a folder of its own, and kills it by its
//! process id. Frames are made here, not by the wire of the server, so that the two cannot err together.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "in a test a panic is the report"
)]

mod accounts;
mod bans;
mod beside;
mod booking;
mod bots;
mod calendar;
mod camera;
mod car;
mod command_events;
mod consoles;
mod crash;
mod datasocks;
mod dialects;
mod embedding;
mod erasure;
mod events;
#[path = "../examples/mod.rs"]
mod examples;
mod faces_kept;
mod faces_unlock;
mod faces_worker;
mod files;
mod fleet;
mod flushed;
mod groups;
mod handshake;
mod harness;
mod hostile_people;
mod inbox;
mod jobs;
mod journal;
mod limits;
mod log;
mod mail_crash;
mod messages;
mod networks;
mod original;
mod outside;
mod page;
mod permissions;
mod personlog;
mod pictures;
mod pictures_http;
mod place_messages;
mod places;
mod places_live;
mod presence;
mod programs;
mod reload;
mod repairs;
mod repeat;
mod requests;
mod rest;
mod rest_bounds;
mod rest_fuzz;
mod rest_hostile;
mod rest_pages;
mod restarting;
mod returning;
mod rights;
mod rooms;
mod services;
mod signin;
mod silence;
mod sio;
mod starting;
mod stopping;
mod subscriptions;
mod telemetry;
mod tls;
mod torture;
mod unlockwith;
mod usage;
mod users;
mod webhooks;
mod wire;
